import { linkSync, rmSync } from 'node:fs'
import { systemCode } from '../errors.ts'

/**
 * Renames the complete file `draft` to `path`, unless that exists: of any number of competing processes, exactly one
 * gets `true`. The draft is gone afterwards.
 */
export function moveUnlessThere(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}
