import type { ProcessIdentity, SessionRecord } from '../../machines/session.ts'
import { descends, findProcesses, identify, isLocal, membersOf, signalGroup } from './identity.ts'
import { folderIdentity } from './origin.ts'

/** What is needed to look at a session: its record, and the checkout whose tasks.json contains it. */
export interface SeenSession {
  record: SessionRecord
  /** Root of the checkout, absolute. */
  root: string
}

/** The processes that belong to the session, found by its token; none if the system can't show them. */
export function findByToken(session: SeenSession): number[] {
  return session.record.token === undefined ? [] : findProcesses(carriesMark(session))
}

/**
 * Whether a process belongs to the session, by its environment or that of its ancestors. Checked before any signal: an
 * agent may have written what the files say about processes.
 */
export function isMember(session: SeenSession, pid: number): boolean {
  return descends(pid, carriesMark(session)) === 'yes'
}

/** Whether a process certainly does not belong to the session. A process of another user may belong to it. */
export function isStranger(session: SeenSession, pid: number): boolean {
  return descends(pid, carriesMark(session)) === 'no'
}

/** Whether anything is left of the process group that `leader` led, and it belongs to the session. */
export function isSessionGroup(session: SeenSession, leader: ProcessIdentity): boolean {
  if (!isLocal(leader) || !signalGroup(leader.pid, 0)) return false
  const living = identify(leader.pid)
  if (living !== undefined) {
    return living.startTicks === leader.startTicks && isMember(session, leader.pid)
  }
  // While others are in the group, no new process gets its number.
  if (process.platform !== 'linux') return true
  return membersOf(leader.pid).some((pid) => isMember(session, pid))
}

/** The root of another checkout that one of these processes, or any with the session's token, works for. */
export function foreignRootOf(session: SeenSession, pids?: readonly number[]): string | undefined {
  let root: string | undefined
  const { token } = session.record
  const isForeign = (environment: readonly string[]) => {
    if (token === undefined || !environment.includes(`WORK_TOKEN=${token}`)) return false
    const found = valueIn(environment, 'WORK_ROOT')
    if (found === undefined || isRootOf(session, found)) return false
    root = found
    return true
  }
  if (pids === undefined) findProcesses(isForeign)
  else pids.some((pid) => process.platform === 'linux' && descends(pid, isForeign) === 'yes')
  return root
}

/** What each process of a session has in its environment: the token, and the checkout in which it was started. */
function carriesMark(session: SeenSession): (environment: readonly string[]) => boolean {
  const { token, sessionId } = session.record
  const mark = token === undefined ? `WORK_SESSION=${sessionId}` : `WORK_TOKEN=${token}`
  return (environment) => {
    if (!environment.includes(mark)) return false
    const root = valueIn(environment, 'WORK_ROOT')
    return root === undefined || isRootOf(session, root)
  }
}

function isRootOf({ record, root }: SeenSession, found: string): boolean {
  if (record.origin !== undefined) return found === record.origin.root
  if (found === root) return true
  const folder = folderIdentity(found)
  return folder !== undefined && folder === folderIdentity(root)
}

function valueIn(environment: readonly string[], name: string): string | undefined {
  return environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1)
}
