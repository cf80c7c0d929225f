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
  /** Makes a connection to the server at an address; without one, to the server of the repository. */
  connect: (server: string | undefined) => Connection
  /** The address of the server that sessions are started on; that of the repository unless told. */
  server?: string | undefined
  /** Absolute path of the repository root. */
  root: string
  now: () => Date
}

/** Milliseconds after which a watched session is looked at though nothing was heard of it. */
const lookInterval = 5000
/** How long a prompt that was taken may go without any sign of an answer, in milliseconds. */
const answerPatience = 60_000
/** How long a server that runs may fail to tell how a session is until that is taken for lost, in milliseconds. */
const tellPatience = 60_000
/** How long the stream of events may take to open before a session is begun unheard, in milliseconds. */
const hearingPatience = 5000
/** How long a prompt that has arrived may take until it is worked on, in milliseconds, when it is to be aborted. */
const beginPatience = 2000
/** How long a session may take to come to rest after it was aborted, in milliseconds. */
const abortPatience = 10_000
/** A provider that wants to be left alone for longer than this, in milliseconds, has refused. */
const longestRetry = 120_000

/** The runner for opencode: sessions of one server for the repository, by ids that are known before they exist. */
export function opencodeRunner({ connect, server, root, now }: OpencodeRunnerOptions): Runner {
  const connections = new Map<string | undefined, Connection>()
  const watches = new Map<string, SessionWatch>()
  /** The prompts that are being delivered, by session. */
  const deliveries = new Map<string, Promise<unknown>>()

  return {
    name: 'opencode',
    newIds: () => ({
      sessionId: newOpencodeId('ses'),
      messageId: newOpencodeId('msg'),
      ...(server === undefined ? {} : { server }),
    }),
    prepare: () => connectionTo(server).call(() => Promise.resolve()),
    commandOf: () => undefined,
    // One that was called off before its prompt arrived has used nothing, and has no conversation to go on with.
    canResume: (_, { usage }) => usage !== undefined,
    refusalToResume: async (_, session) =>
      refusalByRecord('opencode', root, session) ?? (await refusalOf(connectionTo(server), session)),
    lastLine: ({ record }) => watches.get(record.sessionId)?.line ?? '',
    usage: ({ record }) => watches.get(record.sessionId)?.usage,
    close: async () => {
      await Promise.all([...connections.values()].map((connection) => connection.close()))
    },

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
        if (isAdopted)
          await connectionOf(session)
            .recall()
            .catch(() => undefined)
        const end = await awaitEnd(session, watch, deadline, signal)
        return end === 'overdue' || watch.trouble === '' ? end : withWords(end, watch.trouble)
      } finally {
        forget(session)
      }
    },

    async look(session) {
      const look = await tryLook(session)
      const lacks = lackIn(session)
      switch (look.type) {
        case 'unknown':
          if (!isServerGone(look.error)) return { type: 'alive', process: null }
          // An own server that can't be started is said before anything is done.
          if (session.record.server === undefined) throw look.error
          return { type: 'ended', evidence: lost(look.error) }
        case 'alive':
        case 'absent':
          if (lacks === undefined) return look
          // Nobody could watch it, and a new session on its thread would be in its way.
          await connectionOf(session).call((api) => api.abort(session.record.sessionId))
          return { type: 'ended', evidence: concluded({ type: 'vanished' }, now(), lacks) }
        case 'ended':
          return look
      }
    },

    async end(session, _force, signal) {
      // A prompt on its way would arrive after it was looked for.
      await deliveries.get(session.record.sessionId)
      try {
        const before = await connectionOf(session).call((api) => lookOnce(api, session, now))
        if (before.type === 'ended') return { evidence: before.evidence, wasOver: true }
        return { evidence: await awaitRest(session, signal), wasOver: false }
      } catch (error) {
        if (!isServerGone(error)) throw error
        // There is no server, and none can be started: nothing works on it.
        return { evidence: concluded({ type: 'server-lost' }, now(), messageOf(error)), wasOver: false }
      } finally {
        forget(session)
      }
    },
  }

  function connectionTo(address: string | undefined): Connection {
    const connection = connections.get(address) ?? connect(address)
    connections.set(address, connection)
    return connection
  }

  /** To the server that the session was started on, whatever new ones are started on. */
  function connectionOf({ record }: RunnerSession): Connection {
    return connectionTo(record.server)
  }

  function watchOf(session: RunnerSession): SessionWatch {
    const { sessionId } = session.record
    const known = watches.get(sessionId)
    if (known !== undefined) return known
    const log = openLog(filesOf(session).out, sessionId, now)
    const permissions = session.agent?.permissions ?? 'reject'
    const watch = watchSession({
      connection: connectionOf(session),
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
    const connection = connectionOf(session)
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
    const begun = performance.now()
    let knownAt = begun
    for (;;) {
      const refusal = refusedFor(watch, now().getTime())
      if (refusal !== undefined) return await giveUp(session, refusal, signal)
      const look = await tryLook(session, watch.error)
      if (look.type === 'ended') return look.evidence
      const time = performance.now()
      const isPatient = time - begun < answerPatience
      if (look.type !== 'unknown') knownAt = time
      else if (isServerGone(look.error)) return lost(look.error)
      else if (time - knownAt > tellPatience) return await lose(session, lost(look.error))
      // Taken, and neither worked on nor answered: right after the prompt that is usual.
      if (look.type === 'absent' && !isPatient) {
        return await lose(session, unanswered())
      }
      const left = deadline === null ? lookInterval : Date.parse(deadline) - now().getTime()
      if (left <= 0) return 'overdue'
      const isUnclear = isPatient && watch.line === ''
      await watch.news(Math.min(left, isUnclear ? 500 : lookInterval), signal)
    }
  }

  /** What the server tells of a session; `unknown` when it can't be asked, which says nothing of the session. */
  async function tryLook(session: RunnerSession, heard?: TurnError): Promise<TriedLook> {
    try {
      return await connectionOf(session).call((api) => lookOnce(api, session, now, heard))
    } catch (error) {
      return { type: 'unknown', error }
    }
  }

  function lost(error: unknown): Evidence {
    return { ...concluded({ type: 'server-lost' }, now(), messageOf(error)), usage: {} }
  }

  function unanswered(): Evidence {
    return concluded({ type: 'server-lost' }, now(), 'The prompt was taken and never answered.')
  }

  /** Gives up a session of which nothing more is heard. So that it is in nobody's way, it is aborted unseen. */
  async function lose(session: RunnerSession, evidence: Evidence): Promise<Evidence> {
    await connectionOf(session)
      .call((api) => api.abort(session.record.sessionId))
      .catch(() => undefined)
    return evidence
  }

  /** Ends a session whose provider wants to be asked much later. It may have come to an end of its own meanwhile. */
  async function giveUp(session: RunnerSession, error: TurnError, signal: AbortSignal): Promise<Evidence> {
    const rest = await awaitRest(session, signal)
    if (rest.type === 'turn' && rest.error === null && rest.finish !== '') return rest
    const { usage } = rest
    return {
      ...concluded({ type: 'turn', finish: '', error, hasOutput: true }, now(), error.message),
      ...(usage === undefined ? {} : { usage }),
    }
  }

  /** Aborts a session until it is at rest: one that has not begun when it is aborted begins all the same. */
  async function awaitRest(session: RunnerSession, signal: AbortSignal): Promise<Evidence> {
    const begun = performance.now()
    for (;;) {
      const look = await connectionOf(session).call(async (api) => {
        await api.abort(session.record.sessionId)
        return lookOnce(api, session, now)
      })
      if (look.type === 'ended') return look.evidence
      const waited = performance.now() - begun
      const hasPrompt = existsSync(filesOf(session).prompt)
      if (look.type === 'absent' && (!hasPrompt || waited > beginPatience)) {
        return concluded({ type: 'abandoned' }, now())
      }
      if (waited > abortPatience) throw restless(session)
      await delay(settleTime, undefined, { signal })
    }
  }
}

type TriedLook = Look | { type: 'unknown'; error: unknown }

/** Whether an error says that there is no server, so that nothing works on it. Any other tells nothing of its sessions. */
function isServerGone(error: unknown): boolean {
  return (
    error instanceof WorkError &&
    ['opencode-missing', 'server-not-started', 'server-unreachable'].includes(error.code)
  )
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

function restless({ record }: RunnerSession): WorkError {
  return new WorkError(`Session ${record.sessionId} was aborted, and opencode still says that it works.`, {
    code: 'session-lives-on',
    hint: 'work doctor --stop-server ends the server with all its sessions.',
    exitCode: exitCodes.unfinished,
  })
}
