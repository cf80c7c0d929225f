import { setTimeout as delay } from 'node:timers/promises'
import { signalProcess } from './identity.ts'
import { filesOf, findByToken, type SeenSession } from './look.ts'
import { readStart } from './session-files.ts'

/** Milliseconds between two looks at what is left. */
const interval = 20
/** How long a process may take to be gone after SIGKILL, in milliseconds. */
const killPatience = 2000

/**
 * Ends what a session that was ended has started outside of its group, such as a server in a session of its own: its
 * environment still tells whose it is. Politely, for `grace` milliseconds, then for good.
 */
export async function endStrays(session: SeenSession, grace: number): Promise<void> {
  const end = Date.now() + grace
  if (grace > 0) signalStrays(session, 'SIGTERM')
  while (Date.now() < end && straysOf(session).length > 0) await delay(interval)
  signalStrays(session, 'SIGKILL')
  const gone = Date.now() + killPatience
  while (Date.now() < gone && straysOf(session).length > 0) await delay(interval)
}

function signalStrays(session: SeenSession, signal: NodeJS.Signals): void {
  for (const pid of straysOf(session)) signalProcess(pid, signal)
}

/** All that carries the session's token but its recorder, which has yet to finish, and who is asking. */
function straysOf(session: SeenSession): number[] {
  const start = readStart(filesOf(session))
  const recorder = start !== undefined && 'recorder' in start ? start.recorder.pid : undefined
  return findByToken(session).filter((pid) => pid !== recorder && pid !== process.pid)
}
