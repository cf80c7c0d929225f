import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { WorkError } from '../errors.ts'
import { isRecord } from './json/guard.ts'
import { describeValue } from './json/issues.ts'
import { advice, work } from '../text/hint.ts'

/** The first number of a file's `version`, `2` for `2.1.0`; undefined if it has no such version. */
export function majorVersion(file: unknown): number | undefined {
  const version = isRecord(file) ? file['version'] : undefined
  const major = typeof version === 'string' ? /^(\d+)\.\d+\.\d+$/.exec(version)?.[1] : undefined
  return major === undefined ? undefined : Number(major)
}

/** The `WorkError` (`file-version`) for a file of a version that this `work` can't read. */
export function unknownVersion(label: string, file: unknown, expected: string): WorkError {
  const version = isRecord(file) ? file['version'] : undefined
  return new WorkError(`${label}: found version ${describeValue(version)}, expected ${expected}.`, {
    code: 'file-version',
    hint: advice`Probably written by a newer version: upgrade work (${work('--version')} shows this version). The file was not changed.`,
  })
}

/** Throws a `WorkError` (`database-workspace`) if `folder` contains the database of later versions of the ancestor. */
export function refuseDatabase(folder: string, missing: string): void {
  if (!existsSync(join(folder, 'db.sqlite'))) return
  throw new WorkError(
    `${missing} is missing, but ${join(folder, 'db.sqlite')} exists: another tool keeps this workspace in a database, which work can't read.`,
    {
      code: 'database-workspace',
      hint: 'Export it to files with that tool, or use work in another repository.',
    },
  )
}
