import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessIdentity } from '../../../../machines/session.ts'
import { exitCodes, messageOf, WorkError } from '../../../errors.ts'
import { refusalHint } from '../../../files/refusal.ts'
import { draftName, removeDrafts } from '../../../files/drafts.ts'
import { identify, isAlive, isOtherNamespace } from '../../../process/identity.ts'
import { isIdentity, type ServerFiles } from './record.ts'
import { listNames } from '../../../files/list-names.ts'

/** A use of the server. While it lasts and its process is running, the server does not count as idle. */
export interface ServerUse {
  /** The name of its file. */
  name: string
  release: () => void
}

/**
 * Registers this process as a user of the server. A use ends when it is released or its process dies. Throws a
 * `WorkError` (`run-unusable`) if it can't be written.
 */
export function useServer(files: ServerFiles): ServerUse {
  const self = identify(process.pid)
  const name = randomUUID()
  const path = join(files.users, name)
  try {
    mkdirSync(files.users, { recursive: true })
    removeDrafts(files.users)
    // Complete from the start: an unreadable file would count as a leftover.
    const draft = draftName(path)
    writeFileSync(draft, JSON.stringify(self))
    renameSync(draft, path)
  } catch (error) {
    throw new WorkError(`Could not register the use of opencode: ${messageOf(error)}.`, {
      code: 'run-unusable',
      hint: refusalHint(error) ?? 'Check the permissions of work/.run and the free space on its disk.',
      exitCode: exitCodes.unfinished,
      cause: error,
    })
  }
  return { name, release: () => rmSync(path, { force: true }) }
}

/** The names of all current uses. Removes those of dead processes. */
export function listUses(files: ServerFiles): string[] {
  return listNames(files.users).filter((name) => {
    if (name.endsWith('.tmp')) return false
    const path = join(files.users, name)
    const user = readUser(path)
    // A process in a container may be using it.
    if (user !== undefined && (isAlive(user) || isOtherNamespace(user))) return true
    rmSync(path, { force: true })
    return false
  })
}

/** When a use last began or ended, in milliseconds since 1970; 0 if there never was one. */
export function lastUseChange(files: ServerFiles): number {
  return statSync(files.users, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function readUser(path: string): ProcessIdentity | undefined {
  try {
    const user: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isIdentity(user) ? user : undefined
  } catch {
    return undefined
  }
}
