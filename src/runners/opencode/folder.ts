import { join } from 'node:path'
import type { SessionRecord } from '../../../machines/session.ts'

/**
 * The working folder of a session, absolute, by the path that its server knows it by. Statuses and permissions are
 * listed for this folder only.
 */
export function folderOf({ origin, cwd = '.' }: SessionRecord, root: string): string {
  return join(origin?.root ?? root, cwd)
}
