import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { WorkError } from '../errors.ts'
import { isRecord } from './guard.ts'
import { describeValue } from './issues.ts'

/** The first number of a file's `version`, `2` for `2.1.0`; undefined when it has no version of that form. */
export function majorVersion(file: unknown): number | undefined {
  const version = isRecord(file) ? file['version'] : undefined
  const major = typeof version === 'string' ? /^(\d+)\.\d+\.\d+$/.exec(version)?.[1] : undefined
  return major === undefined ? undefined : Number(major)
}

/** The `WorkError` (`file-version`) for a file that this `work` does not know how to read. */
export function unknownVersion(label: string, file: unknown, expected: string): WorkError {
  const version = isRecord(file) ? file['version'] : undefined
  return new WorkError(`${label}: found version ${describeValue(version)}, expected ${expected}.`, {
    code: 'file-version',
    hint: 'A newer work may have written it: take that one (work --version tells which this is). The file is left as it is.',
  })
}

/** Throws a `WorkError` (`database-workspace`) when `folder` holds the database that later versions of the ancestor used. */
export function refuseDatabase(folder: string, missing: string): void {
  if (!existsSync(join(folder, 'db.sqlite'))) return
  throw new WorkError(
    `${missing} is missing, and ${join(folder, 'db.sqlite')} shows that another tool keeps this workspace in a database, which work can't read.`,
    {
      code: 'database-workspace',
      hint: 'Export it to files with that tool, or use work in another repository.',
    },
  )
}
