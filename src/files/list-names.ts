import { readdirSync } from 'node:fs'
import { systemCode } from '../errors.ts'

/** The names of what is in a folder; none if there is no such folder. */
export function listNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}
