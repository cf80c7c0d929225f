import { runProgram } from '../process/spawn.ts'
import { isUnder } from '../ids.ts'
import type { StageRecord, TasksFile } from '../store/tasks/schema.ts'
import { threadsOf } from '../threads/thread.ts'

/** Whether the start of a stage is not recorded yet: none of its threads has had a session. */
export function isStageNew(file: TasksFile, stage: string): boolean {
  if (file.stages?.[stage] !== undefined) return false
  return threadsOf(file).every(({ id, sessions }) => !isUnder(id, stage) || sessions.length === 0)
}

/** The record of a stage's start: time and current commit, as far as git shows it. */
export async function stageStart(root: string, env: Record<string, string>, now: Date): Promise<StageRecord> {
  const git = (...args: string[]) => runProgram('git', args, { cwd: root, env })
  const head = await git('rev-parse', '--verify', '--quiet', 'HEAD^{commit}')
  const started_at = now.toISOString()
  if (head.exitCode !== 0) return { started_at }
  const changes = await git('diff-index', '--quiet', 'HEAD', '--')
  return { started_at, commit: head.stdout.trim(), ...(changes.exitCode === 1 && { dirty: true }) }
}
