import { statSync } from 'node:fs'
import type { SessionOrigin, SessionRecord } from '../../machines/session.ts'
import { systemCode } from '../errors.ts'
import { systemIdentity, visibilityOf } from './identity.ts'

/** The origin of a session started now in the checkout `root` (absolute). */
export function originAt(root: string): SessionOrigin {
  return { root, folder: folderIdentity(root) ?? '', ...systemIdentity() }
}

/**
 * Device and inode of a folder, `2049:131073`; undefined if there is none. They stay the same when the folder is
 * moved, and differ for a copy.
 */
export function folderIdentity(folder: string): string | undefined {
  try {
    const { dev, ino } = statSync(folder, { bigint: true })
    return `${dev}:${ino}`
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}

/** A session that this checkout or system must not act on. */
export type ForeignSession =
  /** Started in another checkout, for example the one this is a copy of. */
  | { type: 'elsewhere'; place: string }
  /** Started on another host or in a container whose processes can't be seen from here: it may be running. */
  | { type: 'unknown'; place: string }

/**
 * Where a session with this origin is, seen from `here`: `here`, `gone` (the host was rebooted since), or foreign. A
 * record without an origin, from an earlier version, counts as here.
 */
export function locateSession(
  origin: SessionOrigin | undefined,
  here: SessionOrigin,
): 'here' | 'gone' | ForeignSession {
  if (origin === undefined) return 'here'
  if (!isSameCheckout(origin, here)) return { type: 'elsewhere', place: origin.root }
  switch (visibilityOf(origin, here)) {
    case 'visible':
      return 'here'
    case 'gone':
      return 'gone'
    case 'hidden':
      return { type: 'unknown', place: describeSystem(origin) }
  }
}

/** Whether a session was started in another checkout than the one at `root`. */
export function isElsewhere({ origin }: Pick<SessionRecord, 'origin'>, root: string): boolean {
  return origin !== undefined && !isSameCheckout(origin, { root, folder: folderIdentity(root) ?? '' })
}

/** A description of a foreign session, to follow its name. */
export function describeForeign({ type, place }: ForeignSession): string {
  return type === 'elsewhere'
    ? `belongs to another checkout, ${place}`
    : `may be running on ${place}, which can't be seen from here`
}

/** `host box`, for users; with the container if that adds information. */
export function describeSystem({ host, pidNamespace }: Pick<SessionOrigin, 'host' | 'pidNamespace'>): string {
  return pidNamespace === undefined ? `host ${host}` : `host ${host}, process namespace ${pidNamespace}`
}

type Checkout = Pick<SessionOrigin, 'root' | 'folder'>

/**
 * The same folder, wherever it was moved. The device number may change at a reboot, so at the same path the inode is
 * enough.
 */
function isSameCheckout(one: Checkout, other: Checkout): boolean {
  if (one.folder === other.folder) return true
  return one.root === other.root && inodeOf(one) === inodeOf(other)
}

function inodeOf({ folder }: Checkout): string {
  return folder.slice(folder.indexOf(':') + 1)
}
