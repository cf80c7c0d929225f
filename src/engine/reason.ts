import type { SessionRecord } from '../../machines/session.ts'
import { plainLine } from '../agents/plain.ts'

/** What each reason says in plain words, after "The last attempt failed: ". */
const words: Record<string, string> = {
  exit: 'its program ended with an error',
  signal: 'its program was ended from outside',
  'no-output': 'it ended without a word',
  incomplete: 'it came to its end while tasks were open',
  'session-missing': 'the session that it was to go on with is gone',
  'agent-missing': 'its program is not there',
  provider: 'the provider of its model refused it',
  'rate-limit': 'the provider of its model took nothing more for a while',
  'cut-off': 'its answer was cut off',
  rejected: 'it asked for a permission that it was not given',
  'server-lost': 'the server that it ran on went away',
  spawn: 'its program could not be started',
  timeout: 'it took longer than it may take',
  hung: 'it did nothing more after its last report',
  lost: 'its process vanished',
  elsewhere: 'it belongs to another checkout of this repository',
  user: 'somebody stopped it',
}

/** A file may hold any text as a reason. */
const longest = 200

/** Why a session ended, in plain words with the reason as files have it; empty for one that did not say. */
export function describeReason({ reason, exitCode, signal }: SessionRecord): string {
  if (reason === undefined) return ''
  const facts = [reason, exitCode === undefined ? '' : `exit code ${exitCode}`, signal ?? '']
  const said = Object.hasOwn(words, reason) ? `${words[reason]} ` : ''
  return `${said}(${plainLine(facts.filter((fact) => fact !== '').join(', ')).slice(0, longest)})`
}
