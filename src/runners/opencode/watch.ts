import { EventEmitter } from 'node:events'
import type { Connection } from './connection.ts'
import {
  describeActivity,
  messageIdOf,
  readError,
  readPermission,
  readRetry,
  readUsage,
  sumUsage,
  type OpencodeEvent,
} from './events.ts'
import type { Usage } from '../../../machines/session.ts'
import type { SessionLog } from './session-log.ts'
import { waitFor } from './wait.ts'
import type { TurnError } from './turn-error.ts'

export interface WatchOptions {
  connection: Connection
  sessionId: string
  /** The message that began the turn: its text is not the agent's. */
  promptId: string | undefined
  log: SessionLog
  /** The answer when a session asks for a permission. */
  reply: 'once' | 'reject'
  now: () => Date
}

/** What is known about one session while it is watched. */
export interface SessionWatch {
  /** Its current activity; empty before the first news. */
  readonly line: string
  /** Its usage since it is watched; undefined before the first report. */
  readonly usage: Usage | undefined
  /** Its first error: later errors repeat it with a stack trace. */
  readonly error: TurnError | undefined
  /** The provider refused temporarily, and opencode asks again at `next` (milliseconds since 1970). */
  readonly retry: { message: string; next: number } | undefined
  /** Why something is missing in its log; empty if nothing is. */
  readonly trouble: string
  /** Resolves when there was news that may mean its end, or after `ms` milliseconds. */
  news(ms: number, signal: AbortSignal): Promise<void>
  /** Stops listening, and closes the log. */
  stop(): void
}

/** After these events a session may be over. */
const turningPoints = ['session.idle', 'session.error', 'session.status', 'session.deleted']

/** Watches a session: writes its log, answers its permission requests, and tracks its activity. */
export function watchSession({
  connection,
  sessionId,
  promptId,
  log,
  reply,
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
    if (messageIdOf(event) !== promptId) line = describeActivity(event) ?? line
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
    // An event and the list of open requests may both report it.
    if (answered.has(id)) return
    answered.add(id)
    line = `${reply === 'once' ? 'allowed' : 'rejected'}: ${what}`
    connection
      .call((api) => api.replyPermission(id, reply))
      .then(
        () => log.note('work.permission', { what, reply }),
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
      // News that arrived while nobody waited counts too.
      if (!hasNews) await waitFor(emitter, 'news', ms, signal)
      hasNews = false
    },
    stop: () => {
      stop()
      log.close()
    },
  }
}
