import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { filesOf } from '../look.ts'
import type { Evidence, OwnLook, RunnerSession, TurnError } from '../runner.ts'
import type { OpencodeApi } from './api.ts'
import { turnOf } from './new-turn.ts'
import { firstError } from './session-log.ts'
import { readTurn, type FinishedTurn } from './turn.ts'

/** How long an answer may still be open after its session is idle, in milliseconds. */
export const settleTime = 400

/** What the server tells of a session. `heard` is an error that it told and does not keep. */
export async function lookOnce(
  api: OpencodeApi,
  session: RunnerSession,
  now: () => Date,
  heard?: TurnError,
  isSettled = false,
): Promise<OwnLook> {
  const { sessionId } = session.record
  // Asked first: what has come to rest by now has its messages complete.
  const isBusy = (await api.statuses())[sessionId] !== undefined
  const lacks = lackIn(session)
  if (lacks !== undefined) {
    return isBusy ? { type: 'alive', process: null } : ended(concluded({ type: 'vanished' }, now(), lacks))
  }
  const files = filesOf(session)
  const messages = await api.messages(sessionId)
  if (messages === undefined) {
    const isGone = existsSync(files.prompt) || session.record.mode === 'resume'
    return isGone ? ended(concluded({ type: 'session-missing' }, now())) : { type: 'absent' }
  }
  if (isBusy) return { type: 'alive', process: null }
  const turn = readTurn(messages, turnOf(session).messageId)
  switch (turn.type) {
    case 'over':
      // An answer that calls tools is the last one only when nothing follows it.
      if (turn.finish === 'tool-calls' && !isSettled) return lookAgain(api, session, now, heard)
      return ended(finished(turn))
    case 'open':
      if (!isSettled) return lookAgain(api, session, now, heard)
      return ended({ ...concluded({ type: 'server-lost' }, now()), usage: turn.usage })
    case 'unknown':
    case 'unanswered': {
      const error = heard ?? firstError(files.out)
      if (error === undefined) return { type: 'absent' }
      return ended(concluded({ type: 'turn', finish: '', error, hasOutput: false }, now(), error.message))
    }
  }
}

/** What a damaged record does not tell, without which its session can't be watched; undefined for a sound one. */
export function lackIn({ record }: RunnerSession): string | undefined {
  const field = record.log === undefined ? 'log' : record.messageId === undefined ? 'messageId' : undefined
  return field === undefined
    ? undefined
    : `Its record in tasks.json has no "${field}", so it could not be watched.`
}

/** opencode says that a session is idle just before it writes down how its last answer ended. */
async function lookAgain(
  api: OpencodeApi,
  session: RunnerSession,
  now: () => Date,
  heard?: TurnError,
): Promise<OwnLook> {
  await delay(settleTime)
  return lookOnce(api, session, now, heard, true)
}

/** Evidence that is known now. */
export function concluded<Fact>(fact: Fact, now: Date, detail = ''): Fact & { at: string; detail: string } {
  return { ...fact, at: now.toISOString(), detail }
}

function finished({ finish, error, hasOutput, text, at, usage }: FinishedTurn): Evidence {
  const detail = error?.message ?? lastLines(text)
  return { type: 'turn', finish, error: error ?? null, hasOutput, at, detail, usage }
}

function ended(evidence: Evidence): OwnLook {
  return { type: 'ended', evidence }
}

function lastLines(text: string): string {
  return text.split('\n').slice(-6).join('\n').slice(-1000)
}
