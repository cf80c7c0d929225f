import type { SessionRecord } from '../../machines/session.ts'
import type { Task } from '../../src/store/tasks/schema.ts'
import type { Entry } from './ledger.ts'
import type { SoakRunner } from './options.ts'

/** What a soak looks for. Each finding is a sentence. */
export interface Findings {
  /** Work that was acknowledged and is missing. */
  lost: string[]
  /** Work that was started or done twice. */
  doubled: string[]
  /** A status that the evidence contradicts, or a command that failed of itself. */
  wrong: string[]
  /** Processes, files and locks that nobody needs any more. */
  leftOver: string[]
}

/** A kill that has happened. */
export interface KillNote {
  /** ISO time, right before the signal. */
  at: string
  /** Whether it may end sessions of opencode. */
  endsServer: boolean
  /** The sessions whose agent or recorder it hit. */
  tokens: readonly string[]
}

/** All that is known of a round when its last run has ended. */
export interface Evidence {
  runner: SoakRunner
  ledger: readonly Entry[]
  kills: readonly KillNote[]
  /** tasks.json at the end. */
  tasks: readonly Task[]
  /** What tasks.json said right after each kill. */
  earlier: readonly (readonly Task[])[]
}

/** Compares what is recorded with what the agents did. What is left over is not looked at. */
export function audit(evidence: Evidence): Findings {
  const sessions = sessionsIn(evidence.tasks)
  return {
    lost: [...lostReports(evidence), ...lostSessions(evidence, sessions)],
    doubled: [...doubledStarts(evidence, sessions), ...doubledReports(evidence)],
    wrong: [...wrongTasks(evidence), ...sessions.flatMap((session) => wrongSession(session, evidence))],
    leftOver: [],
  }
}

/** A session with the thread that it is of. */
interface PlacedSession {
  thread: string
  record: SessionRecord
}

/** The sessions that tasks.json knows. */
function sessionsIn(tasks: readonly Task[]): PlacedSession[] {
  return tasks.flatMap(({ id, sessions = [] }) =>
    sessions.map((record) => ({ thread: id.slice(0, 8), record })),
  )
}

/** Reports that `work update` has acknowledged, and tasks and sessions that tasks.json has had. */
function lostReports({ ledger, tasks, earlier }: Evidence): string[] {
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const acknowledged = ledger.flatMap((entry) => (entry.what === 'ack' ? [entry] : []))
  const seen = earlier.flat().filter(({ status }) => status === 'completed')
  return [
    ...acknowledged
      .filter(({ task, report }) => byId.get(task)?.report !== report)
      .map(({ task, report }) => `report "${report}" on task ${task} was acknowledged and is gone`),
    ...unique(seen.map(({ id }) => id))
      .filter((id) => byId.get(id)?.status !== 'completed')
      .map((id) => `task ${id} was completed and is ${byId.get(id)?.status ?? 'gone'}`),
  ]
}

function lostSessions({ ledger, earlier }: Evidence, sessions: readonly PlacedSession[]): string[] {
  const ids = new Set(sessions.map(({ record }) => record.sessionId))
  const tokens = new Set(sessions.map(({ record }) => record.token))
  const seen = earlier.flatMap(sessionsIn).map(({ record }) => record.sessionId)
  return [
    ...unique(seen)
      .filter((id) => !ids.has(id))
      .map((id) => `session ${id} was recorded and is gone`),
    ...ledger.flatMap((entry) =>
      entry.what === 'start' && !tokens.has(entry.token)
        ? [`an agent of thread ${entry.thread} was started without a record (token ${entry.token})`]
        : [],
    ),
  ]
}

function doubledStarts({ ledger }: Evidence, sessions: readonly PlacedSession[]): string[] {
  const starts = ledger.flatMap((entry) => (entry.what === 'start' ? [entry] : []))
  return [
    ...repeated(starts.map(({ token }) => token)).map((token) => `token ${token} was started twice`),
    ...starts
      .filter(({ beside }) => beside.length > 0)
      .map(
        ({ thread, token, beside }) =>
          `thread ${thread} was run by ${[token, ...beside].join(' and ')} at once`,
      ),
    ...repeated(sessions.map(({ thread, record }) => `${thread} attempt ${record.attempt}`)).map(
      (attempt) => `${attempt} is recorded twice`,
    ),
    ...repeated(sessions.map(({ record }) => record.token ?? '')).map(
      (token) => `token ${token} is recorded twice`,
    ),
  ]
}

/** No agent is asked for a task that is done. */
function doubledReports({ ledger }: Evidence): string[] {
  const done = ledger.flatMap((entry) => (entry.what === 'ack' ? [entry.task] : []))
  return repeated(done).map((task) => `task ${task} was done twice`)
}

function wrongTasks({ ledger, tasks }: Evidence): string[] {
  const tries = new Set(
    ledger.flatMap((entry) => (entry.what === 'try' ? [`${entry.task} ${entry.report}`] : [])),
  )
  return tasks.flatMap(({ id, status, report }) => {
    if (status !== 'completed') return [`task ${id} is ${status} at the end`]
    return tries.has(`${id} ${report}`)
      ? []
      : [`task ${id} is completed with a report of nobody: "${report}"`]
  })
}

function wrongSession({ thread, record }: PlacedSession, evidence: Evidence): string[] {
  const name = `session ${record.attempt} of thread ${thread}`
  const end = evidence.ledger.find((entry) => entry.what === 'end' && entry.token === record.token)
  const code = end?.what === 'end' ? end.code : undefined
  switch (record.status) {
    case 'running':
      return [`${name} is running at the end`]
    case 'completed':
      return []
    case 'failed':
      if (record.reason === 'exit' && record.exitCode === code && code !== 0) return []
      if (record.reason === 'incomplete' && isReportLost(thread, evidence)) return []
      return [`${name} failed (${record.reason}: ${record.detail}), and its agent ${endOf(code)}`]
    case 'interrupted':
      if (isKilled(record, evidence)) return []
      return [`${name} is interrupted (${record.reason}), and was not killed; its agent ${endOf(code)}`]
  }
}

/**
 * Whether the model of a thread tried as many reports that nobody acknowledged as sessions of it ended incomplete: it says
 * that it is done, although a kill hit its `work update`.
 */
function isReportLost(thread: string, { runner, ledger, tasks }: Evidence): boolean {
  const ofThread = ledger.filter((entry) => entry.thread === thread)
  const acknowledged = new Set(ofThread.flatMap((entry) => (entry.what === 'ack' ? [entry.report] : [])))
  const unheard = ofThread.filter((entry) => entry.what === 'try' && !acknowledged.has(entry.report))
  const incomplete = sessionsIn(tasks).filter(
    (one) => one.thread === thread && one.record.reason === 'incomplete',
  )
  return runner === 'opencode' && unheard.length >= incomplete.length
}

function endOf(code: number | undefined): string {
  return code === undefined ? 'did not end' : `ended with ${code}`
}

/**
 * Whether a kill may have ended the session: of its own processes, of the server that it was on, or, for one that was
 * recorded and never started, of the run that was about to start it.
 */
function isKilled({ token = '', startedAt, completedAt = '' }: SessionRecord, evidence: Evidence): boolean {
  const { runner, kills, ledger } = evidence
  const meanwhile = kills.filter(({ at }) => at >= startedAt && at <= completedAt)
  if (runner === 'opencode') return meanwhile.some(({ endsServer }) => endsServer)
  const isStarted = ledger.some((entry) => entry.what === 'start' && entry.token === token)
  return kills.some(({ tokens }) => tokens.includes(token)) || (!isStarted && meanwhile.length > 0)
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}

/** The values that are there more than once, each once. */
function repeated(values: readonly string[]): string[] {
  const seen = new Set<string>()
  return unique(values.filter((value) => seen.size === seen.add(value).size))
}
