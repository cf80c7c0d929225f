import { EventEmitter } from 'node:events'
import type { Connection } from './connection.ts'
import {
  describeActivity,
  messageOf,
  readError,
  readPermission,
  readRetry,
  readUsage,
  sumUsage,
  type OpencodeEvent,
} from './event.ts'
import type { Usage } from '../../../machines/session.ts'
import type { TurnError } from '../runner.ts'
import type { SessionLog } from './session-log.ts'
import { waitFor } from './wait.ts'

export interface WatchOptions {
  connection: Connection
  sessionId: string
  /** The message that began the turn: what it says is not what the agent says. */
  promptId: string | undefined
  log: SessionLog
  /** What to answer to a session that asks for a permission. */
  permissions: 'once' | 'reject'
  now: () => Date
}

/** What is heard of one session while it is watched. */
export interface SessionWatch {
  /** What it is doing; empty as long as it has said nothing. */
  readonly line: string
  /** What it has used since it is watched; undefined as long as it told nothing. */
  readonly usage: Usage | undefined
  /** The first error that it told: what follows is the same with a stack trace. */
  readonly error: TurnError | undefined
  /** The provider refused for now, and opencode asks again at `next` (milliseconds since 1970). */
  readonly retry: { message: string; next: number } | undefined
  /** Why something of its log is missing; empty when nothing is. */
  readonly trouble: string
  /** Resolves when something was heard that may have ended it, or after `ms` milliseconds. */
  news(ms: number, signal: AbortSignal): Promise<void>
  /** Hears nothing more, and closes the log. */
  stop(): void
}

/** After these a session may be over. */
const turningPoints = ['session.idle', 'session.error', 'session.status', 'session.deleted']

/** Listens to a session: keeps its log, answers its requests for permission, and knows what it is doing. */
export function watchSession({
  connection,
  sessionId,
  promptId,
  log,
  permissions,
  now,
}: WatchOptions): SessionWatch {
  const emitter = new EventEmitter()
  let line = ''
  let error: TurnError | undefined
  let retry: SessionWatch['retry']
  let hasNews = false
  const answered = new Set<string>()
  const usages = new Map<string, ReturnType<typeof sumUsage>>()

  const hear = (event: OpencodeEvent) => {
    log.write(event)
    if (messageOf(event) !== promptId) line = describeActivity(event) ?? line
    if (event.type === 'session.error') error ??= readError(event.properties['error'], now().getTime())
    if (event.type === 'session.status') retry = readRetry(event)
    const used = readUsage(event)
    if (used !== undefined) usages.set(used.answer, used.usage)
    const permission = readPermission(event)
    if (permission !== undefined) answer(permission)
    if (turningPoints.includes(event.type)) announce()
  }

  const announce = () => {
    hasNews = true
    emitter.emit('news')
  }

  const answer = ({ id, what }: { id: string; what: string }) => {
    // It may be told by an event and again by the list of what is asked for.
    if (answered.has(id)) return
    answered.add(id)
    line = `${permissions === 'once' ? 'allowed' : 'rejected'}: ${what}`
    connection
      .call((api) => api.replyPermission(id, permissions))
      .then(
        () => log.note('work.permission', { what, reply: permissions }),
        (reason: unknown) => log.note('work.permission', { what, failed: String(reason) }),
      )
      .catch(() => undefined)
  }

  const stop = connection.listen(sessionId, (news) => {
    if (news === 'connected') announce()
    else hear(news)
  })

  return {
    get line() {
      return line
    },
    get usage() {
      return usages.size === 0 ? undefined : sumUsage([...usages.values()])
    },
    get error() {
      return error
    },
    get retry() {
      return retry
    },
    get trouble() {
      return log.trouble()
    },
    news: async (ms, signal) => {
      // What was heard while nobody waited is news too.
      if (!hasNews) await waitFor(emitter, 'news', ms, signal)
      hasNews = false
    },
    stop: () => {
      stop()
      log.close()
    },
  }
}
