import { ensureStreamBranch, requireIsolation } from '../clones/stream-branch.ts'
import { gitIn, type Git } from '../clones/git.ts'
import { streamBranch } from '../clones/site.ts'
import type { IsolationRecord } from '../store/tasks/schema.ts'
import { threadsOf } from '../threads/thread.ts'
import { isolationOf } from './clone-place.ts'
import type { RunWorld } from './run-context.ts'

/**
 * Fixes how a workstream is isolated, before its first thread starts, and makes the branch into which its threads are
 * merged. Throws a `WorkError` if git can't do that here (`no-commit`, `bare-repository`, `git-too-old`), or if the
 * branch is another one's (`branch-taken`) or is gone with what was merged into it (`branch-gone`).
 */
export async function beginIsolation(world: RunWorld): Promise<void> {
  const { tasks, stream, workspace, env, now, agents } = world
  const { root } = workspace
  const file = tasks.read()
  const { mode, name } = isolationOf(file, stream, agents.clones)
  if (mode === 'none') return
  if (file.isolation === undefined) {
    await requireIsolation(root, env)
    const record = await newRecord(gitIn(root, env), name, now())
    await tasks.commit((latest) => {
      latest.isolation ??= record
    })
  }
  const latest = tasks.read()
  const merged = threadsOf(latest).flatMap(({ delivery }) => delivery?.merged ?? [])
  const { isolation } = latest
  if (isolation !== undefined)
    await ensureStreamBranch(root, isolation.branch, env, { base: isolation.base, merged })
}

async function newRecord(git: Git, name: string, now: Date): Promise<IsolationRecord> {
  const base = await git.text('rev-parse', '--verify', 'HEAD^{commit}')
  const head = await git.run(['symbolic-ref', '--quiet', '--short', 'HEAD'], { expects: [0, 1] })
  const from = head.exitCode === 0 ? head.stdout.trim() : null
  return { mode: 'clone', branch: streamBranch(name), from, base, at: now.toISOString() }
}
