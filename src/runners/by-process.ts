import type { SessionRecord } from '../../machines/session.ts'
import { isAlive } from '../process/identity.ts'
import type { Look } from './evidence.ts'

/** What the process that a session record names says about a session of which there are no files. */
export function lookByProcess({ process }: SessionRecord, now: Date): Look {
  if (process === undefined) return { type: 'absent' }
  if (isAlive(process)) return { type: 'alive', process }
  return { type: 'ended', evidence: { type: 'gone', at: now.toISOString(), detail: '' } }
}
