import type { EndCause, Ended, Outcome, Verdict } from '../../machines/outcome.ts'
import { isClosed, type TaskStatus } from '../../machines/statuses.ts'
import type { Evidence } from './evidence.ts'

/** The facts for judging an outcome. */
export interface Case {
  evidence: Evidence
  /** The tasks of the thread after the session ended. */
  tasks: TaskStatus[]
  /** What the agent reported about blocked tasks. */
  blocked?: readonly string[] | undefined
  /** How many open tasks were added while the session was running, so that its agent did not know them. */
  added: number
  /** What decides the outcome: the tasks that the agent reported, or its exit code. */
  doneWhen: 'tasks' | 'exit'
  /** Why the session was ended; null if it ended by itself. */
  cause: EndCause | null
  /** The program that was to start, for messages. */
  program: string
  /** Its agent may do only a little, so it is no failure that something was denied. */
  isLimited?: boolean | undefined
}

/**
 * The outcome of a session, from evidence: how its program ended, whether it wrote anything, and the status of the
 * tasks. An exit code alone decides nothing unless the agent has `done_when: exit`.
 */
export function judge(matter: Case): Outcome {
  const { evidence, tasks } = matter
  const cause = matter.cause ?? causeIn(evidence)
  const ended = endOf(evidence)
  // There is nothing left to do or to fix.
  if (tasks.length > 0 && tasks.every(isClosed)) {
    return {
      ...ended,
      ...(cause?.reason === 'hung' ? because(cause, ended) : oddness(evidence)),
      status: 'completed',
    }
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
        detail: 'Cancelled before it started.',
      }
    case 'gone':
      return { ...ended, ...lost(ended), status: 'interrupted', reason: 'lost' }
    case 'exited':
      return { ...ended, ...judgeExit(evidence, matter, ended) }
    case 'turn-ended':
      // An empty answer is none, also where the exit code decides.
      return evidence.hasOutput
        ? { ...ended, ...judgeGoodEnd('Finished', true, matter, ended) }
        : { ...ended, ...withoutOutput('Finished') }
    case 'cut-off':
      return { ...ended, status: 'failed', reason: 'cut-off', ...cutOff(evidence, ended) }
    case 'denied':
      if (matter.isLimited === true) return { ...ended, ...judgeGoodEnd('Finished', true, matter, ended) }
      return {
        ...ended,
        status: 'failed',
        reason: 'rejected',
        detail: joined('A permission request was denied.', ended.detail),
      }
    case 'broken-off': {
      const how = evidence.code === null ? 'Ended' : `Exited with code ${evidence.code}`
      const sentence = `${how} in the middle, before its answer was complete.`
      return { ...ended, status: 'interrupted', reason: 'broken-off', detail: joined(sentence, ended.detail) }
    }
    case 'aborted':
      return { ...ended, status: 'interrupted', reason: 'user', detail: 'Aborted from outside work.' }
    case 'rate-limited': {
      const { retryAt } = evidence
      return {
        ...ended,
        status: 'failed',
        reason: 'rate-limit',
        ...(retryAt === undefined ? {} : { retryAt }),
      }
    }
    case 'refused': {
      const { status, detail } = evidence
      const words = status === undefined ? detail : `${status}: ${detail}`
      return { ...ended, status: 'failed', reason: 'provider', ...(words === '' ? {} : { detail: words }) }
    }
    case 'server-lost':
      return {
        ...ended,
        status: 'interrupted',
        reason: 'server-lost',
        detail: joined("The session's server ended or never answered.", ended.detail),
      }
    case 'session-missing':
      return {
        ...ended,
        status: 'failed',
        reason: 'session-missing',
        detail: joined('The session no longer exists. A retry starts a new one.', ended.detail),
      }
  }
}

type Exited = Extract<Evidence, { type: 'exited' }>

function judgeExit(evidence: Exited, matter: Case, ended: Ended): Verdict & Partial<Ended> {
  if (evidence.signal !== null) return { status: 'interrupted', reason: 'signal' }
  if (evidence.code !== 0) return { status: 'failed', reason: 'exit' }
  return judgeGoodEnd('Exited with code 0', evidence.hasOutput, matter, ended)
}

function cutOff({ why }: Extract<Evidence, { type: 'cut-off' }>, ended: Ended): Partial<Ended> {
  return why === 'output-limit'
    ? { detail: joined("The response hit the model's output limit.", ended.detail) }
    : {}
}

/** Judges a session that ended normally: its work may still be incomplete. */
function judgeGoodEnd(
  found: string,
  hasOutput: boolean,
  { tasks, added, doneWhen, blocked: reports = [] }: Case,
  ended: Ended,
): Verdict & Partial<Ended> {
  const isStuck = tasks.includes('blocked')
  if (doneWhen === 'exit' && !isStuck) {
    if (added === 0) return { status: 'completed', closesTasks: true }
    const sentence = `${found}, but ${added} of ${tasks.length} tasks ${added === 1 ? 'was' : 'were'} added while it was running.`
    return {
      status: 'failed',
      reason: 'incomplete',
      closesTasks: true,
      detail: joined(sentence, ended.detail),
    }
  }
  if (doneWhen === 'tasks' && !hasOutput) {
    return withoutOutput(found)
  }
  const open = tasks.filter((status) => !isClosed(status))
  const blocked = isStuck ? ` (${count(open, 'blocked')} blocked)` : ''
  const sentence = `${found}, with ${open.length} of ${tasks.length} tasks still open${blocked}.`
  // The last line is what lists show: why it is blocked says more than how its answer ended.
  const why = reports.map((report) => `Blocked: ${report}`)
  const detail = [joined(sentence, ended.detail), ...why].join('\n')
  return { status: 'failed', reason: 'incomplete', detail }
}

function withoutOutput(found: string): Verdict & Partial<Ended> {
  return { status: 'failed', reason: 'no-output', detail: `${found} but produced no output.` }
}

function notStarted(
  evidence: Extract<Evidence, { type: 'not-started' }>,
  program: string,
): Verdict & Partial<Ended> {
  if (evidence.code === 'ENOENT') {
    return { status: 'failed', reason: 'agent-missing', detail: `Executable not found: ${program}` }
  }
  const why = evidence.code === 'EACCES' ? 'not an executable file (EACCES)' : evidence.message
  return { status: 'failed', reason: 'spawn', detail: `Could not start ${program}: ${why}` }
}

/** All tasks are done, whatever the program did afterwards. Reports anything unusual about its end. */
function oddness(evidence: Evidence): Partial<Ended> {
  if (['turn-ended', 'cut-off', 'denied'].includes(evidence.type)) return {}
  if (evidence.type === 'refused' || evidence.type === 'rate-limited')
    return {
      detail: joined('All tasks are done, but then its provider refused it.', evidence.detail || undefined),
    }
  if (evidence.type !== 'exited')
    return { detail: 'All tasks are done, but the session did not end by itself.' }
  if (evidence.signal !== null)
    return { detail: `All tasks are done, but the session ended by ${evidence.signal}.` }
  return evidence.code === 0 ? {} : { detail: `All tasks are done, but the exit code is ${evidence.code}.` }
}

/** Why the session's timekeeper ended it, if nobody else asked for its end. */
function causeIn({ endedFor }: Evidence): EndCause | null {
  return endedFor === undefined ? null : { status: 'failed', reason: endedFor }
}

function because(cause: EndCause, ended: Ended): Partial<Ended> {
  return cause.detail === undefined ? {} : { detail: joined(cause.detail, ended.detail) }
}

function verdictOf({ status, reason }: EndCause): Verdict {
  return status === 'failed' ? { status, reason } : { status, reason }
}

function lost(ended: Ended): Partial<Ended> {
  return { detail: joined('Its process is gone, and there is no record of how it ended.', ended.detail) }
}

function endOf(evidence: Evidence): Ended {
  const { at, detail, usage, runnerSessionId } = evidence
  return {
    at,
    ...(runnerSessionId === undefined ? {} : { runnerSessionId }),
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
