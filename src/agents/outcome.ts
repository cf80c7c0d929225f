import type { EndCause, Ended, Outcome, Verdict } from '../../machines/outcome.ts'
import { isClosed, type TaskStatus } from '../../machines/statuses.ts'
import type { Evidence } from './runner.ts'

/** What the outcome is judged by. */
export interface Case {
  evidence: Evidence
  /** The tasks of the thread, as they are after the session has ended. */
  tasks: TaskStatus[]
  /** Whose word counts: the tasks that the agent reported, or its exit code. */
  doneWhen: 'tasks' | 'exit'
  /** Why the session was ended, when it did not end by itself. */
  cause: EndCause | null
  /** What could not be started, to name it. */
  program: string
}

/**
 * What a session came to, by evidence: how its program ended, whether it wrote anything, and what became of the tasks.
 * An exit code alone decides nothing unless the agent is `done_when: exit`.
 */
export function judge(matter: Case): Outcome {
  const { evidence, tasks, doneWhen, cause } = matter
  const ended = endOf(evidence)
  if (doneWhen === 'tasks' && tasks.length > 0 && tasks.every(isClosed)) {
    return { ...ended, ...oddness(evidence), status: 'completed' }
  }
  if (cause !== null) return { ...ended, ...because(cause, ended), ...verdictOf(cause) }
  switch (evidence.type) {
    case 'not-started':
      return { ...ended, ...notStarted(evidence, matter.program) }
    case 'abandoned':
      return {
        ...ended,
        status: 'interrupted',
        reason: 'user',
        detail: 'It was called off before it started.',
      }
    case 'vanished':
      return { ...ended, ...lost(ended), status: 'interrupted', reason: 'lost' }
    case 'exited':
      return { ...ended, ...judgeExit(evidence, tasks, doneWhen, ended) }
  }
}

type Exited = Extract<Evidence, { type: 'exited' }>

function judgeExit(
  evidence: Exited,
  tasks: TaskStatus[],
  doneWhen: 'tasks' | 'exit',
  ended: Ended,
): Verdict & Partial<Ended> {
  if (evidence.signal !== null) return { status: 'interrupted', reason: 'signal' }
  if (evidence.code !== 0) return { status: 'failed', reason: 'exit' }
  const isStuck = tasks.includes('blocked')
  if (doneWhen === 'exit' && !isStuck) return { status: 'completed', closesTasks: true }
  if (doneWhen === 'tasks' && !evidence.hasOutput) {
    return { status: 'failed', reason: 'no-output', detail: 'It ended with exit code 0 and without a word.' }
  }
  const open = tasks.filter((status) => !isClosed(status))
  const found = `It ended with exit code 0, but ${open.length} of ${tasks.length} tasks ${isStuck ? `are open (${count(open, 'blocked')} blocked)` : 'are open'}.`
  return { status: 'failed', reason: 'incomplete', detail: joined(found, ended.detail) }
}

function notStarted(
  evidence: Extract<Evidence, { type: 'not-started' }>,
  program: string,
): Verdict & Partial<Ended> {
  return evidence.code === 'ENOENT'
    ? { status: 'failed', reason: 'agent-missing', detail: `There is no executable "${program}".` }
    : { status: 'failed', reason: 'spawn', detail: `"${program}" can't be started: ${evidence.message}` }
}

/** All tasks are done, whatever the program did afterwards; if that was odd, it is said. */
function oddness(evidence: Evidence): Partial<Ended> {
  if (evidence.type !== 'exited')
    return { detail: 'All tasks are done, though the session did not end by itself.' }
  if (evidence.signal !== null)
    return { detail: `All tasks are done, though the session ended by ${evidence.signal}.` }
  return evidence.code === 0
    ? {}
    : { detail: `All tasks are done, though the exit code is ${evidence.code}.` }
}

function because(cause: EndCause, ended: Ended): Partial<Ended> {
  return cause.detail === undefined ? {} : { detail: joined(cause.detail, ended.detail) }
}

function verdictOf({ status, reason }: EndCause): Verdict {
  return status === 'failed' ? { status, reason } : { status, reason }
}

function lost(ended: Ended): Partial<Ended> {
  return { detail: joined('Its process is gone and nothing recorded how it ended.', ended.detail) }
}

function endOf(evidence: Evidence): Ended {
  const { at, detail, usage } = evidence
  return {
    at,
    ...(detail === '' ? {} : { detail }),
    ...(usage === undefined ? {} : { usage }),
    ...(evidence.type === 'exited' && evidence.code !== null ? { exitCode: evidence.code } : {}),
    ...(evidence.type === 'exited' && evidence.signal !== null ? { signal: evidence.signal } : {}),
  }
}

function joined(first: string, rest: string | undefined): string {
  return rest === undefined ? first : `${first}\n${rest}`
}

function count(tasks: TaskStatus[], status: TaskStatus): number {
  return tasks.filter((task) => task === status).length
}
