import { setTimeout as delay } from 'node:timers/promises'
import { exitCodes, messageOf, WorkError } from '../../errors.ts'
import type { RunnerSession } from '../runner.ts'
import { configError, endedByConfig } from './config-error.ts'
import type { Connection } from './connection.ts'
import { isoTime } from './events.ts'
import { factOf, isFinished } from './evidence.ts'
import { opencodeFiles, wasPrompted } from './files.ts'
import { concluded, lookOnce } from './inspect.ts'
import type { SessionWatch } from './watch.ts'
import type { WatchedTime } from '../../process/watched-time.ts'
import type { Evidence, OwnLook } from '../evidence.ts'
import type { TurnError } from './turn-error.ts'
import {
  abortPatience,
  answerPatience,
  longestRetry,
  newsInterval,
  settleTime,
  statusPatience,
  stoppedBeginPatience,
  unclearInterval,
} from './waits.ts'
import { advice, work } from '../../text/hint.ts'

/** Waits for the end of sessions, and ends them. `connectionOf` returns the connection to the server of a session. */
export function sessionEnds(connectionOf: (session: RunnerSession) => Connection, now: () => Date) {
  return { awaitEnd, awaitRest, lost, tryLook }

  /** Waits for the end of a session, by its events and by looking. */
  async function awaitEnd(
    session: RunnerSession,
    watch: SessionWatch,
    limit: TimeLimit | undefined,
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
      if (look.type !== 'unreachable') knownAt = time
      else if (isServerGone(look.error)) return lost(look.error)
      else if (time - knownAt > statusPatience) return await lose(session, lost(look.error))
      // Accepted, but neither working nor answered: normal right after the prompt.
      if (look.type === 'absent' && !isPatient) {
        return await lose(session, unanswered())
      }
      const left = limit === undefined ? newsInterval : limit.timeout - limit.time.count()
      if (left <= 0 && limit?.isKept() === false) return 'overdue'
      const isUnclear = (isPatient && watch.line === '') || left <= 0
      await watch.news(isUnclear ? unclearInterval : Math.min(left, newsInterval), signal)
    }
  }

  /** The server's view of a session; `unreachable` if it can't be asked, which says nothing about the session. */
  async function tryLook(session: RunnerSession, heard?: TurnError): Promise<TriedLook> {
    try {
      return await connectionOf(session).call((api) => lookOnce(api, session, now, heard))
    } catch (error) {
      const broken = configError(error)
      return broken === undefined
        ? { type: 'unreachable', error }
        : { type: 'ended', evidence: endedByConfig(broken, now()) }
    }
  }

  /** There is no longer a server that knows the session. */
  function lost(error: unknown): Evidence {
    return { ...concluded({ type: 'server-lost' }, now(), messageOf(error)), usage: {} }
  }

  function unanswered(): Evidence {
    return concluded({ type: 'server-lost' }, now(), 'The prompt was accepted but never answered.')
  }

  /** Gives up a session that sends no more news, and aborts it without waiting, so that it competes with nobody. */
  async function lose(session: RunnerSession, evidence: Evidence): Promise<Evidence> {
    await connectionOf(session)
      .call((api) => api.abort(session.record.sessionId))
      .catch(() => undefined)
    return evidence
  }

  /** Ends a session whose provider asks for a long pause. It may have finished in the meantime. */
  async function giveUp(session: RunnerSession, error: TurnError, signal: AbortSignal): Promise<Evidence> {
    const rest = await awaitRest(session, signal)
    if (isFinished(rest)) return rest
    const { usage } = rest
    return {
      ...concluded(factOf(error), now(), error.message),
      ...(usage === undefined ? {} : { usage }),
    }
  }

  /** Aborts a session until it has finished: a session that has not begun when it is aborted begins anyway. */
  async function awaitRest(session: RunnerSession, signal: AbortSignal): Promise<Evidence> {
    const hasPrompt = wasPrompted(opencodeFiles(session))
    const begun = performance.now()
    let workedAt: number | undefined
    for (;;) {
      const look = await connectionOf(session).call(async (api) => {
        await api.abort(session.record.sessionId)
        return lookOnce(api, session, now)
      })
      if (look.type === 'ended') return look.evidence
      const time = performance.now()
      if (look.type === 'alive') workedAt ??= time
      else if (!hasPrompt || time - begun > stoppedBeginPatience)
        return concluded({ type: 'abandoned' }, now())
      if (workedAt !== undefined && time - workedAt > abortPatience) throw restless(session)
      await delay(settleTime, undefined, { signal })
    }
  }
}

/** How long a session may take, and whether its keeper enforces it. */
export interface TimeLimit {
  timeout: number
  /** The time for which this process has watched it. */
  time: WatchedTime
  isKept: () => boolean
}

type TriedLook = OwnLook | { type: 'unreachable'; error: unknown }

/**
 * Whether an error means that there is no server, so that the session is not running. Any other error says nothing
 * about sessions.
 */
export function isServerGone(error: unknown): boolean {
  return (
    error instanceof WorkError &&
    ['opencode-missing', 'server-not-started', 'server-unreachable'].includes(error.code)
  )
}

/** A provider's refusal that asks for a long pause. */
function refusedFor({ retry }: SessionWatch, now: number): TurnError | undefined {
  if (retry === undefined || retry.next - now <= longestRetry) return undefined
  return {
    name: 'APIError',
    message: retry.message,
    status: 429,
    retryAt: isoTime(retry.next),
  }
}

function restless({ record }: RunnerSession): WorkError {
  return new WorkError(
    `Session ${record.sessionId} was aborted, but opencode reports that it is still working.`,
    {
      code: 'session-lives-on',
      hint: advice`${work('doctor', '--stop-server')} stops the server and all its sessions.`,
      exitCode: exitCodes.unfinished,
    },
  )
}
