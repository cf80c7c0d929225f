import { cloneSettings } from '../../src/agents/clone-settings.ts'
import type { SessionRecord } from '../../machines/session.ts'
import { planRun, type RunPlan } from '../../src/engine/run-plan.ts'
import type { Selection } from '../../src/threads/selection.ts'
import { threadsOf } from '../../src/threads/thread.ts'
import type { Agent } from '../../src/agents/agents-file.ts'
import type { Approval } from '../../src/store/index/index-file.ts'
import type { Task } from '../../src/store/tasks/schema.ts'
import { ScriptedRunner } from './scripted-runner.ts'
import { runningSession, tasksFile } from '../builders/records.ts'
import { agent } from '../builders/agents.ts'
import { tasksOf } from '../builders/threads.ts'

export const resumable = { resume_command: ['do-it', '--continue'] }
export const interrupted = runningSession({ status: 'interrupted', reason: 'user' })
export const goOn: Selection = { type: 'continue', without: [] }

interface PlanOptions {
  agents?: Agent[]
  selection?: Selection
  approval?: Approval
}

export function plan(
  tasks: Task[],
  { agents = [agent()], selection = goOn, approval }: PlanOptions = {},
): RunPlan {
  return planRun({ ...world(agents), approval, threads: threadsOf(tasksFile(tasks)), selection })
}

export function world(agents: Agent[]) {
  const runners = new Map([['command', new ScriptedRunner()]])
  const now = new Date('2026-02-03T05:00:00.000Z')
  return {
    agents: { agents, parallel: 4, clones: cloneSettings({}) },
    runners,
    approval: undefined,
    parallel: undefined,
    now,
    workspace: { root: '/', work: '/work' },
    isolation: { mode: 'none' as const, name: '001-x', verifies: false },
  }
}

export function withSessions(id: string, sessions: SessionRecord[]): Task[] {
  const [first, ...rest] = tasksOf(id)
  return first === undefined ? [] : [{ ...first, sessions }, ...rest]
}

/** The tasks with all of a thread or batch done. */
export function close(tasks: Task[], id: string): Task[] {
  return tasks.map((task) => (task.id.startsWith(id) ? { ...task, status: 'completed' } : task))
}

export function ids({ batches }: RunPlan): string[] {
  return batches.flatMap((one) => one.threads.map(({ id }) => id))
}

export function actions({ batches }: RunPlan): string[] {
  return batches.flatMap((one) =>
    one.threads.map(({ id, action, attempt, command }) => `${id} ${action} ${attempt} ${command?.join(' ')}`),
  )
}
