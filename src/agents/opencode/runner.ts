import type { SessionRecord } from '../../../machines/session.ts'
import { messageOf } from '../../errors.ts'
import { workspaceAt } from '../../workspace.ts'
import { requireOwn } from '../foreign.ts'
import { isAlive } from '../identity.ts'
import { filesOf } from '../look.ts'
import { isElsewhere } from '../origin.ts'
import { writePrompt } from '../recorder-files.ts'
import { refusalByRecord, retryInstead } from '../resumable.ts'
import type { Evidence, Runner, RunnerSession } from '../runner.ts'
import type { NewTurn, OpencodeApi } from './api.ts'
import { configError, endedByConfig } from './config-error.ts'
import type { Connection } from './connection.ts'
import { foreignTo } from './foreign.ts'
import { newOpencodeId } from './ids.ts'
import { concluded, lackIn, lookOnce, withKeeper } from './look.ts'
import { turnOf } from './new-turn.ts'
import { serverFiles } from './server-record.ts'
import { isServerGone, sessionEnds, type TimeLimit } from './session-ends.ts'
import { readLimit, removeLimit, writeLimit } from './session-limits.ts'
import { openLog } from './session-log.ts'
import { readTurn } from './turn.ts'
import { watchSession, type SessionWatch } from './watch.ts'
import { WatchedTime } from '../watched-time.ts'

export interface OpencodeRunnerOptions {
  /**
   * Makes a connection to the server at an address, without one to that of the repository, for sessions in `folder`
   * (absolute).
   */
  connect: (server: string | undefined, folder: string) => Connection
  /** The address of the server that sessions are started on; that of the repository unless told. */
  server?: string | undefined
  /** Absolute path of the repository root. */
  root: string
  now: () => Date
}

/** How long the stream of events may take to open before a session is begun unheard, in milliseconds. */
const hearingPatience = 5000

/** The runner for opencode: sessions of one server for the repository, by ids that are known before they exist. */
export function opencodeRunner({ connect, server, root, now }: OpencodeRunnerOptions): Runner {
  const files = serverFiles(workspaceAt(root).run)
  const connections = new Map<string, Connection>()
  const watches = new Map<string, SessionWatch>()
  /** The prompts that are being delivered, by session. */
  const deliveries = new Map<string, Promise<unknown>>()
  const { awaitEnd, awaitRest, lost, tryLook } = sessionEnds(connectionOf, now)

  return {
    name: 'opencode',
    newIds: () => ({
      sessionId: newOpencodeId('ses'),
      messageId: newOpencodeId('msg'),
      ...(server === undefined ? {} : { server }),
    }),
    prepare: () => connectionTo(server).call(() => Promise.resolve()),
    listModels: () => connectionTo(server).call((api) => api.models()),
    commandOf: () => undefined,
    // One that was called off before its prompt arrived has used nothing, and has no conversation to go on with.
    canResume: (_, session) => session.usage !== undefined && !isElsewhere(session, root),
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

    async watch(session, signal) {
      requireHere(session)
      const isAdopted = !watches.has(session.record.sessionId)
      const watch = watchOf(session)
      try {
        // The server may be gone, which shows when the session is looked at.
        if (isAdopted)
          await connectionOf(session)
            .recall()
            .catch(() => undefined)
        const end = await awaitEnd(session, watch, timeLimitOf(session), signal)
        if (end === 'overdue') return end
        dropLimit(session)
        const evidence = withKeeper(session, end)
        return watch.trouble === '' ? evidence : withWords(evidence, watch.trouble)
      } finally {
        forget(session)
      }
    },

    async look(session) {
      const foreign = foreignTo(session)
      if (foreign !== undefined) return foreign
      const look = await tryLook(session)
      const lacks = lackIn(session)
      switch (look.type) {
        case 'unreachable':
          if (!isServerGone(look.error)) return { type: 'alive', process: null }
          // An own server that can't be started is said before anything is done.
          if (session.record.server === undefined) throw look.error
          return { type: 'ended', evidence: withKeeper(session, lost(look.error)) }
        case 'alive':
        case 'absent':
          if (lacks === undefined) return look
          // Nobody could watch it, and a new session on its thread would be in its way.
          await connectionOf(session).call((api) => api.abort(session.record.sessionId))
          return { type: 'ended', evidence: concluded({ type: 'vanished' }, now(), lacks) }
        case 'ended':
          dropLimit(session)
          return look
      }
    },

    async end(session, _force, signal) {
      requireHere(session)
      // A prompt on its way would arrive after it was looked for.
      await deliveries.get(session.record.sessionId)
      try {
        const before = await connectionOf(session).call((api) => lookOnce(api, session, now))
        const isOver = before.type === 'ended'
        const evidence = isOver ? before.evidence : await awaitRest(session, signal)
        dropLimit(session)
        return { evidence, wasOver: isOver }
      } catch (error) {
        const broken = configError(error)
        if (broken !== undefined) {
          dropLimit(session)
          return { evidence: endedByConfig(broken, now()), wasOver: false }
        }
        if (!isServerGone(error)) throw error
        // There is no server, and none can be started: nothing works on it.
        return { evidence: concluded({ type: 'server-lost' }, now(), messageOf(error)), wasOver: false }
      } finally {
        forget(session)
      }
    },
  }

  function connectionTo(address: string | undefined, folder = root): Connection {
    const key = JSON.stringify([address, folder])
    const connection = connections.get(key) ?? connect(address, folder)
    connections.set(key, connection)
    return connection
  }

  /** To the server that the session was started on, as which folder it knows the checkout, whatever new ones are started on. */
  function connectionOf({ record }: RunnerSession): Connection {
    return connectionTo(record.server, record.origin?.root)
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

  /** What the session may take, unless its server is another's, which no keeper of ours looks after. */
  function noteLimit({ record, root: directory }: RunnerSession): void {
    const { sessionId, token, timeout, log } = record
    if (record.server !== undefined || token === undefined || log === undefined) return
    const known = readLimit(files, sessionId)
    if (timeout === undefined) {
      if (known !== undefined) removeLimit(files, known)
    } else if (known?.token !== token) {
      writeLimit(files, { sessionId, token, directory, log, timeout, watched: 0 })
    }
  }

  function dropLimit({ record: { sessionId, token } }: RunnerSession): void {
    if (token !== undefined) removeLimit(files, { sessionId, token })
  }

  function timeLimitOf({ record: { sessionId, token, timeout } }: RunnerSession): TimeLimit | undefined {
    if (timeout === undefined) return undefined
    const isKept = () => {
      const limit = readLimit(files, sessionId)
      return limit?.token === token && limit?.keeper !== undefined && isAlive(limit.keeper)
    }
    return { timeout, time: new WatchedTime(), isKept }
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
      noteLimit(session)
      if (isWanted) await api.prompt(turn)
    })
    // Written only now: it also says that the prompt was delivered.
    writePrompt(filesOf(session), turn.text)
  }
}

/** Throws a `WorkError` for a session that this checkout may not act on. */
function requireHere(session: RunnerSession): void {
  const foreign = foreignTo(session)
  if (foreign !== undefined) requireOwn(session, foreign)
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
