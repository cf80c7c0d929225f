import { setTimeout as delay } from 'node:timers/promises'
import { WorkError } from '../../errors.ts'
import type { SeenSession } from '../../process/membership.ts'
import { promptIdOf } from './prompt-request.ts'
import type { OpencodeApi } from './client.ts'
import { evidenceOfTurn, factOf } from './evidence.ts'
import { opencodeFiles, wasPrompted, type OpencodeFiles } from './files.ts'
import { readExit } from '../recorded/session-files.ts'
import { firstError } from './session-log.ts'
import { readTurn } from './turn.ts'
import type { EndedFor, Evidence, OwnLook } from '../evidence.ts'
import type { TurnError } from './turn-error.ts'
import { settleTime } from './waits.ts'

/** The server's view of a session. `heard` is an error that it reported but does not keep. */
export async function lookOnce(
  api: OpencodeApi,
  session: SeenSession,
  now: () => Date,
  heard?: TurnError,
): Promise<OwnLook> {
  const look = await lookAtServer(api, session, now, heard, false)
  return look.type === 'ended' ? ended(withKeeper(session, look.evidence)) : look
}

async function lookAtServer(
  api: OpencodeApi,
  session: SeenSession,
  now: () => Date,
  heard: TurnError | undefined,
  isSettled: boolean,
): Promise<OwnLook> {
  const { sessionId } = session.record
  // Asked first: the messages of a session that is idle by now are complete.
  const isBusy = (await api.statuses())[sessionId] !== undefined
  const lacks = lackIn(session)
  if (lacks !== undefined) {
    return isBusy ? { type: 'alive', process: null } : ended(concluded({ type: 'gone' }, now(), lacks))
  }
  const files = opencodeFiles(session)
  const messages = await api.messages(sessionId)
  if (messages === undefined) {
    const isGone = wasPrompted(files) || session.record.mode === 'resume'
    return isGone ? ended(concluded({ type: 'session-missing' }, now())) : { type: 'absent' }
  }
  if (isBusy) return { type: 'alive', process: null }
  const turn = readTurn(messages, promptIdOf(session.record))
  switch (turn.type) {
    case 'over':
      // An answer that calls tools is the last one only if nothing follows it.
      if (turn.finish === 'tool-calls' && !isSettled) return lookAgain(api, session, now, heard)
      return ended(evidenceOfTurn(turn))
    case 'open':
      if (!isSettled) return lookAgain(api, session, now, heard)
      return ended({ ...concluded({ type: 'server-lost' }, now()), usage: turn.usage })
    case 'unknown':
    case 'unanswered': {
      const error = heard ?? firstError(files.events)
      if (error === undefined) return { type: 'absent' }
      return ended(concluded(factOf(error), now(), error.message))
    }
  }
}

/** What a damaged record lacks for watching its session; undefined for a valid one. */
export function lackIn({ record }: SeenSession): string | undefined {
  const field = record.log === undefined ? 'log' : record.messageId === undefined ? 'messageId' : undefined
  return field === undefined
    ? undefined
    : `The session can't be watched: its record in tasks.json has no "${field}".`
}

/** opencode reports a session as idle just before it saves how its last answer ended. */
async function lookAgain(
  api: OpencodeApi,
  session: SeenSession,
  now: () => Date,
  heard?: TurnError,
): Promise<OwnLook> {
  await delay(settleTime)
  return lookAtServer(api, session, now, heard, true)
}

/** Evidence that is known now. */
export function concluded<Fact>(fact: Fact, now: Date, detail = ''): Fact & { at: string; detail: string } {
  return { ...fact, at: now.toISOString(), detail }
}

function ended(evidence: Evidence): OwnLook {
  return { type: 'ended', evidence }
}

/**
 * Adds to the evidence why the keeper ended the session, if it did. A session that finished before that ended by
 * itself.
 */
export function withKeeper(session: SeenSession, evidence: Evidence): Evidence {
  if (session.record.log === undefined) return evidence
  if (evidence.type === 'turn-ended') return evidence
  const endedFor = readEndedFor(opencodeFiles(session))
  return endedFor === undefined ? evidence : { ...evidence, endedFor }
}

/** Nothing if the file can't be read: the server knows how the session ended. */
function readEndedFor(files: OpencodeFiles): EndedFor | undefined {
  try {
    const exit = readExit(files)
    return exit === undefined || 'error' in exit ? undefined : exit.endedFor
  } catch (error) {
    if (error instanceof WorkError) return undefined
    throw error
  }
}
