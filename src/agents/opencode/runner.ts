import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { SessionRecord } from '../../../machines/session.ts'
import { exitCodes, messageOf, WorkError } from '../../errors.ts'
import { filesOf } from '../look.ts'
import { writePrompt } from '../recorder-files.ts'
import { refusalByRecord, retryInstead } from '../resumable.ts'
import type { Evidence, Look, Runner, RunnerSession, TurnError } from '../runner.ts'
import type { NewTurn, OpencodeApi } from './api.ts'
import type { Connection } from './connection.ts'
import { newOpencodeId } from './ids.ts'
import { concluded, lackIn, lookOnce, settleTime } from './look.ts'
import { turnOf } from './new-turn.ts'
import { openLog } from './session-log.ts'
import { readTurn } from './turn.ts'
import { watchSession, type SessionWatch } from './watch.ts'

export interface OpencodeRunnerOptions {
  connection: Connection
  /** Absolute path of the repository root. */
  root: string
  now: () => Date
}

/** Milliseconds after which a watched session is looked at though nothing was heard of it. */
const lookInterval = 5000
/** How long a prompt that was taken may go without any sign of an answer, in milliseconds. */
const answerPatience = 10_000
/** How long the stream of events may take to open before a session is begun unheard, in milliseconds. */
const hearingPatience = 5000
/** How long a prompt that has arrived may take until it is worked on, in milliseconds, when it is to be aborted. */
const beginPatience = 2000
/** How long a session may take to come to rest after it was aborted, in milliseconds. */
const abortPatience = 10_000
/** A provider that wants to be left alone for longer than this, in milliseconds, has refused. */
const longestRetry = 120_000

/** The runner for opencode: sessions of one server for the repository, by ids that are known before they exist. */
export function opencodeRunner({ connection, root, now }: OpencodeRunnerOptions): Runner {
  const watches = new Map<string, SessionWatch>()
  /** The prompts that are being delivered, by session. */
  const deliveries = new Map<string, Promise<unknown>>()

  return {
    name: 'opencode',
    newIds: () => ({ sessionId: newOpencodeId('ses'), messageId: newOpencodeId('msg') }),
    prepare: () => connection.call(() => Promise.resolve()),
    commandOf: () => undefined,
    // One that was called off before its prompt arrived has used nothing, and has no conversation to go on with.
    canResume: (_, { usage }) => usage !== undefined,
    refusalToResume: async (_, session) =>
      refusalByRecord('opencode', root, session) ?? (await refusalOf(connection, session)),
    lastLine: ({ record }) => watches.get(record.sessionId)?.line ?? '',
    usage: ({ record }) => watches.get(record.sessionId)?.usage,
    close: () => connection.close(),

    async start(session, signal) {
      const { sessionId } = session.record
      // Heard from the beginning: opencode does not keep what goes wrong before the first answer.
      watchOf(session)
      const delivery = deliver(session, signal)
      deliveries.set(
        sessionId,
        delivery.catch(() => undefined),
      )
      await delivery.finally(() => deliveries.delete(sessionId))
      return null
    },

    async watch(session, deadline, signal) {
      const isAdopted = !watches.has(session.record.sessionId)
      const watch = watchOf(session)
      try {
        // The server may be gone, which shows when the session is looked at.
        if (isAdopted) await connection.recall().catch(() => undefined)
        const end = await awaitEnd(session, watch, deadline, signal)
        return end === 'overdue' || watch.trouble === '' ? end : withWords(end, watch.trouble)
      } finally {
        forget(session)
      }
    },

    look: (session) =>
      connection.call(async (api) => {
        const look = await lookOnce(api, session, now)
        const lacks = lackIn(session)
        if (look.type === 'ended' || lacks === undefined) return look
        // Nobody could watch it, and a new session on its thread would be in its way.
        await api.abort(session.record.sessionId)
        return { type: 'ended', evidence: concluded({ type: 'vanished' }, now(), lacks) }
      }),

    async end(session, _force, signal) {
      // A prompt on its way would arrive after it was looked for.
      await deliveries.get(session.record.sessionId)
      try {
        const before = await connection.call((api) => lookOnce(api, session, now))
        if (before.type === 'ended') return { evidence: before.evidence, wasOver: true }
        return { evidence: await awaitRest(session, signal), wasOver: false }
      } catch (error) {
        if (!(error instanceof WorkError) || error.code === livesOn) throw error
        // There is no server, and none can be started: nothing works on it.
        return { evidence: concluded({ type: 'server-lost' }, now(), error.message), wasOver: false }
      } finally {
        forget(session)
      }
    },
  }

  function watchOf(session: RunnerSession): SessionWatch {
    const { sessionId } = session.record
    const known = watches.get(sessionId)
    if (known !== undefined) return known
    const log = openLog(filesOf(session).out, sessionId, now)
    const permissions = session.agent?.permissions ?? 'reject'
    const watch = watchSession({
      connection,
      sessionId,
      promptId: session.record.messageId,
      log,
      permissions,
      now,
    })
    watches.set(sessionId, watch)
    return watch
  }

  function forget({ record }: RunnerSession): void {
    watches.get(record.sessionId)?.stop()
    watches.delete(record.sessionId)
  }

  /** Has the session made, where it is new, and its prompt delivered: once, however often this is called. */
  async function deliver(session: RunnerSession, signal: AbortSignal): Promise<void> {
    const turn = { ...turnOf(session), text: session.prompt() }
    await connection.call(async (api) => {
      const isNew = session.record.mode !== 'resume'
      if (isNew) await api.createSession({ ...turn, id: turn.sessionId, title: session.title })
      // A session that is gone shows when it is watched.
      else if (!(await api.hasSession(turn.sessionId))) return
      await connection.hearing(hearingPatience, signal)
      const isWanted = await needsPrompt(api, turn)
      signal.throwIfAborted()
      if (isWanted) await api.prompt(turn)
    })
    // Written only now: it also says that the prompt was delivered.
    writePrompt(filesOf(session), turn.text)
  }

  /** Waits for the end of a session, by what it tells and by looking. */
  async function awaitEnd(
    session: RunnerSession,
    watch: SessionWatch,
    deadline: string | null,
    signal: AbortSignal,
  ): Promise<Evidence | 'overdue'> {
    const begun = now().getTime()
    for (;;) {
      const isPatient = now().getTime() - begun < answerPatience
      const evidence = await findEnd(session, watch, isPatient)
      if (evidence !== undefined) return evidence
      const left = deadline === null ? lookInterval : Date.parse(deadline) - now().getTime()
      if (left <= 0) return 'overdue'
      const isUnclear = isPatient && watch.line === ''
      await watch.news(Math.min(left, isUnclear ? 500 : lookInterval), signal)
    }
  }

  async function findEnd(
    session: RunnerSession,
    watch: SessionWatch,
    isPatient: boolean,
  ): Promise<Evidence | undefined> {
    const refusal = refusedFor(watch, now().getTime())
    if (refusal !== undefined) {
      await connection.call((api) => api.abort(session.record.sessionId))
      return concluded({ type: 'turn', finish: '', error: refusal, hasOutput: true }, now(), refusal.message)
    }
    let look: Look
    try {
      look = await connection.call((api) => lookOnce(api, session, now, watch.error))
    } catch (error) {
      return { ...concluded({ type: 'server-lost' }, now(), messageOf(error)), usage: {} }
    }
    if (look.type === 'ended') return look.evidence
    // Taken, and neither worked on nor answered: right after the prompt that is usual.
    const isLost = look.type === 'absent' && !isPatient
    return isLost
      ? concluded({ type: 'server-lost' }, now(), 'The prompt was taken and never answered.')
      : undefined
  }

  /** Aborts a session until it is at rest: one that has not begun when it is aborted begins all the same. */
  async function awaitRest(session: RunnerSession, signal: AbortSignal): Promise<Evidence> {
    const begun = now().getTime()
    for (;;) {
      const look = await connection.call(async (api) => {
        await api.abort(session.record.sessionId)
        return lookOnce(api, session, now)
      })
      if (look.type === 'ended') return look.evidence
      const waited = now().getTime() - begun
      const hasPrompt = existsSync(filesOf(session).prompt)
      if (look.type === 'absent' && (!hasPrompt || waited > beginPatience)) {
        return concluded({ type: 'abandoned' }, now())
      }
      if (waited > abortPatience) throw restless(session)
      await delay(settleTime, undefined, { signal })
    }
  }
}

/** What opencode says to going on with a session; null when it has nothing against it. */
async function refusalOf(
  connection: Connection,
  { sessionId, usage }: SessionRecord,
): Promise<string | null> {
  if (usage === undefined) {
    return `Session ${sessionId} was called off before its prompt arrived; ${retryInstead}.`
  }
  try {
    if (await connection.call((api) => api.hasSession(sessionId))) return null
  } catch (error) {
    return `opencode could not be asked for session ${sessionId}: ${messageOf(error)}`
  }
  return `opencode no longer has session ${sessionId}; ${retryInstead}.`
}

function withWords(evidence: Evidence, words: string): Evidence {
  return { ...evidence, detail: [words, evidence.detail].filter((text) => text !== '').join('\n') }
}

/** A prompt that has arrived is not repeated, unless its turn was cut short and waits to be taken up. */
async function needsPrompt(api: OpencodeApi, { sessionId, messageId }: NewTurn): Promise<boolean> {
  const isBusy = (await api.statuses())[sessionId] !== undefined
  const turn = readTurn((await api.messages(sessionId)) ?? [], messageId)
  if (turn.type === 'unknown') return true
  return !isBusy && turn.type !== 'over'
}

/** The refusal of a provider that wants to be asked much later. */
function refusedFor({ retry }: SessionWatch, now: number): TurnError | undefined {
  if (retry === undefined || retry.next - now <= longestRetry) return undefined
  return {
    name: 'APIError',
    message: retry.message,
    status: 429,
    retryAt: new Date(retry.next).toISOString(),
  }
}

/** The code of the error for a session that can't be ended. */
const livesOn = 'session-lives-on'

function restless({ record }: RunnerSession): WorkError {
  return new WorkError(`Session ${record.sessionId} was aborted, and opencode still says that it works.`, {
    code: livesOn,
    hint: 'work doctor --stop-server ends the server with all its sessions.',
    exitCode: exitCodes.unfinished,
  })
}
