import type { SessionRecord } from '../../../machines/session.ts'
import { messageOf } from '../../errors.ts'
import { workspaceAt } from '../../paths.ts'
import { requireOwn } from '../foreign.ts'
import { isAlive } from '../../process/identity.ts'
import { retryInstead } from '../resume.ts'
import type { Runner, RunnerDefinition, RunnerOptions, RunnerSession } from '../runner.ts'
import { folderOf } from './folder.ts'
import { opencodeFiles, markPrompted } from './files.ts'
import { readOptions } from './options.ts'
import { serverOptions } from './server/options.ts'
import { openServer } from './server/server.ts'
import type { NewTurn, OpencodeApi } from './client.ts'
import { configError, endedByConfig } from './config-error.ts'
import { Connection } from './connection.ts'
import { foreignSession } from './foreign.ts'
import { newOpencodeId } from './ids.ts'
import { concluded, lackIn, lookOnce, withKeeper } from './inspect.ts'
import { turnOf } from './prompt-request.ts'
import { serverFiles } from './server/record.ts'
import { isServerGone, sessionEnds, type TimeLimit } from './await-end.ts'
import { readLimit, removeLimit, writeLimit } from './session-limits.ts'
import { openLog } from './session-log.ts'
import { readTurn } from './turn.ts'
import { watchSession, type SessionWatch } from './watch.ts'
import { WatchedTime } from '../../process/watched-time.ts'
import type { Evidence } from '../evidence.ts'
import { eventsPatience } from './waits.ts'

export interface OpencodeRunnerOptions {
  /**
   * Creates a connection to the server at an address, or by default to that of the repository, for sessions in
   * `folder` (absolute).
   */
  connect: (server: string | undefined, folder: string) => Connection
  /** The address of the server for new sessions. Default: that of the repository. */
  server?: string | undefined
  /** Absolute path of the repository root. */
  root: string
  now: () => Date
}

/** Opens the runner in a repository. The server is found or started when it is needed. */
export function openOpencode(definition: RunnerDefinition, options: RunnerOptions): Runner {
  const { workspace, server, now } = options
  const connect = (address: string | undefined, folder: string) =>
    new Connection(() => openServer(serverOptions({ ...options, server: address })), folder)
  return opencodeRunner(definition, { connect, server, root: workspace.root, now })
}

/** The same, with connections that are given. */
export function opencodeRunner(
  definition: RunnerDefinition,
  { connect, server, root, now }: OpencodeRunnerOptions,
): Runner {
  const files = serverFiles(workspaceAt(root).run)
  const connections = new Map<string, Connection>()
  const watches = new Map<string, SessionWatch>()
  /** Prompts being delivered, by session. */
  const deliveries = new Map<string, Promise<unknown>>()
  const { awaitEnd, awaitRest, lost, tryLook } = sessionEnds(connectionOf, now)

  return {
    definition,
    newIds: () => ({
      sessionId: newOpencodeId('ses'),
      messageId: newOpencodeId('msg'),
      ...(server === undefined ? {} : { server }),
    }),
    prepare: () => connectionTo(server).call(() => Promise.resolve()),
    listModels: () => connectionTo(server).call((api) => api.models()),
    askToResume: (session) => askForSession(connectionTo(server), session),
    lastLine: ({ record }) => watches.get(record.sessionId)?.line ?? '',
    usage: ({ record }) => watches.get(record.sessionId)?.usage,
    close: async () => {
      await Promise.all([...connections.values()].map((connection) => connection.close()))
    },

    async start(session, signal) {
      const { sessionId } = session.record
      // Subscribe from the start: opencode does not keep errors before the first answer.
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
        // The server may be gone; that shows when the session is looked at.
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
      const foreign = foreignSession(session)
      if (foreign !== undefined) return foreign
      const look = await tryLook(session)
      const lacks = lackIn(session)
      switch (look.type) {
        case 'unreachable':
          if (!isServerGone(look.error)) return { type: 'alive', process: null }
          // An own server that can't be started is reported before anything is done.
          if (session.record.server === undefined) throw look.error
          return { type: 'ended', evidence: withKeeper(session, lost(look.error)) }
        case 'alive':
        case 'absent':
          if (lacks === undefined) return look
          // Nobody could watch it, and it would compete with a new session of its thread.
          await connectionOf(session).call((api) => api.abort(session.record.sessionId))
          return { type: 'ended', evidence: concluded({ type: 'gone' }, now(), lacks) }
        case 'ended':
          dropLimit(session)
          return look
      }
    },

    async end(session, _force, signal) {
      requireHere(session)
      // A prompt still being delivered would arrive after the check.
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
        // There is no server and none can be started, so the session is not running.
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

  /**
   * Connects to the server of the session, with the path by which it knows the checkout, whatever server new sessions
   * use.
   */
  function connectionOf({ record }: RunnerSession): Connection {
    return connectionTo(record.server, folderOf(record, root))
  }

  function watchOf(session: RunnerSession): SessionWatch {
    const { sessionId } = session.record
    const known = watches.get(sessionId)
    if (known !== undefined) return known
    const log = openLog(opencodeFiles(session).events, sessionId, now)
    const isAllowed = readOptions(session.agent).permissions === 'full'
    const watch = watchSession({
      connection: connectionOf(session),
      sessionId,
      promptId: session.record.messageId,
      log,
      reply: isAllowed ? 'once' : 'reject',
      now,
    })
    watches.set(sessionId, watch)
    return watch
  }

  /** Records the time limit, unless the session is on an external server, which has no keeper of ours. */
  function noteLimit({ record }: RunnerSession): void {
    const { sessionId, token, timeout, log } = record
    if (record.server !== undefined || token === undefined || log === undefined) return
    const known = readLimit(files, sessionId)
    const directory = folderOf(record, root)
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

  /** Creates a new session and delivers its prompt: once, however often this is called. */
  async function deliver(session: RunnerSession, signal: AbortSignal): Promise<void> {
    const turn = { ...turnOf(session), text: session.prompt() }
    const connection = connectionOf(session)
    await connection.call(async (api) => {
      const isNew = session.record.mode !== 'resume'
      if (isNew) await api.createSession({ ...turn, id: turn.sessionId, title: session.title })
      // A session that is gone shows when it is watched.
      else if (!(await api.hasSession(turn.sessionId))) return
      // The file may have moved since, and a session of an earlier version has no limit yet.
      else if (turn.writes !== undefined) await api.limitSession(turn.sessionId, turn.writes)
      await connection.hearing(eventsPatience, signal)
      const isWanted = await needsPrompt(api, turn)
      signal.throwIfAborted()
      noteLimit(session)
      if (isWanted) await api.prompt(turn)
    })
    markPrompted(opencodeFiles(session), turn.text)
  }
}

/** Throws a `WorkError` for a session that this checkout must not act on. */
function requireHere(session: RunnerSession): void {
  const foreign = foreignSession(session)
  if (foreign !== undefined) requireOwn(session, foreign)
}

/** Why opencode can't resume a session; null if it can. */
async function askForSession(connection: Connection, { sessionId }: SessionRecord): Promise<string | null> {
  try {
    if (await connection.call((api) => api.hasSession(sessionId))) return null
  } catch (error) {
    return `Could not ask opencode for session ${sessionId}: ${messageOf(error)}`
  }
  return `opencode no longer has session ${sessionId}. ${retryInstead}`
}

function withWords(evidence: Evidence, words: string): Evidence {
  return { ...evidence, detail: [words, evidence.detail].filter((text) => text !== '').join('\n') }
}

/** A delivered prompt is not repeated, unless its turn was cut short and must be resumed. */
async function needsPrompt(api: OpencodeApi, { sessionId, messageId }: NewTurn): Promise<boolean> {
  const isBusy = (await api.statuses())[sessionId] !== undefined
  const turn = readTurn((await api.messages(sessionId)) ?? [], messageId)
  if (turn.type === 'unknown') return true
  return !isBusy && turn.type !== 'over'
}
