import { linkSync, rmSync } from 'node:fs'
import { systemCode } from '../errors.ts'

/**
 * Gives the file `draft` the name `path`, whole, unless there is such a file: of any number of processes that try,
 * exactly one gets `true`. The draft is gone afterwards.
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
