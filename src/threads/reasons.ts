import type { SessionRecord } from '../../machines/session.ts'
import type { Reason } from '../../machines/statuses.ts'
import { oneLine } from '../text/sanitize.ts'

/** Plain descriptions of reasons, to follow "The last attempt failed: ". */
const words: Readonly<Record<string, string>> = {
  exit: 'its program exited with an error',
  signal: 'its program was killed by a signal',
  'broken-off': 'its program ended in the middle of its answer',
  'no-output': 'it produced no output',
  incomplete: 'it ended with open tasks',
  'session-missing': 'the session to resume no longer exists',
  'agent-missing': 'its executable was not found',
  provider: 'the provider returned an error',
  'rate-limit': 'the provider rate-limited it',
  'cut-off': 'its response was cut off',
  rejected: 'a permission request was denied',
  'server-lost': 'its server was lost',
  spawn: 'its program could not start',
  timeout: 'it timed out',
  hung: 'it hung after its last report',
  lost: 'its process disappeared',
  elsewhere: 'it belongs to another checkout of this repository',
  user: 'it was stopped by the user',
  setup: 'its clone could not be prepared',
  tree: 'what it left could not be merged',
  verify: 'the verify commands failed',
  conflict: 'its changes conflict with those of other threads',
} satisfies Record<Reason, string>

/** A file may contain any text as a reason. */
const longest = 200

/** Why a session ended: a plain description and the reason code; empty if there is none. */
export function explainReason({ reason, exitCode, signal }: SessionRecord): string {
  if (reason === undefined) return ''
  const facts = [reason, exitCode === undefined ? '' : `exit code ${exitCode}`, signal ?? '']
  const said = Object.hasOwn(words, reason) ? `${words[reason]} ` : ''
  return `${said}(${oneLine(facts.filter((fact) => fact !== '').join(', ')).slice(0, longest)})`
}
