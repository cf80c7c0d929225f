import { readdirSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '../errors.ts'
import { draftLife } from './waits.ts'

/**
 * Drafts: files that are written aside and then moved into place. Who is killed in between leaves one. Its name has the
 * pid of its maker and the pid namespace, for a maker in another container is not seen here and may be alive.
 */
const pattern = /\.(?<pid>\d+)@(?<space>\d+)-\d+\.tmp(?:\.\d+)?$/

/** Drafts of earlier versions, whose namespace is not known. */
const older = [/^\..+\.next-(?<pid>\d+)-\d+/, /\.(?<pid>\d+)\.tmp$/, /^work\.(?<pid>\d+)$/]

let drafts = 0

/** A name beside `path` that no other process and no other draft of this one has. */
export function draftName(path: string): string {
  return `${path}.${process.pid}@${ownSpace()}-${++drafts}.tmp`
}

/**
 * Removes the drafts in a folder, of names that begin with `prefix`, whose makers are gone. Those that can't be removed,
 * `work doctor` names.
 */
export function removeDrafts(folder: string, prefix = ''): void {
  for (const name of namesIn(folder)) {
    if (!name.startsWith(prefix) || !isAbandoned(folder, name)) continue
    try {
      rmSync(join(folder, name), { force: true })
    } catch (error) {
      if (systemCode(error) === undefined) throw error
    }
  }
}

/** Whether a file is a draft whose maker is gone. Where the maker can't be seen from here, only its age counts. */
export function isAbandoned(folder: string, name: string): boolean {
  const { pid, space } = pattern.exec(name)?.groups ?? {}
  if (space !== undefined && space !== ownSpace()) return isOld(join(folder, name))
  const maker = pid ?? older.map((one) => one.exec(name)?.groups?.['pid']).find((one) => one !== undefined)
  return maker !== undefined && !isRunning(Number(maker))
}

function isOld(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && Date.now() - found.mtimeMs > draftLife
}

let knownSpace: string | undefined

/** The number of this process's pid namespace; 0 where the system has none. */
function ownSpace(): string {
  knownSpace ??= readSpace()
  return knownSpace
}

function readSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return '0'
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) !== 'ESRCH'
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return []
  }
}
