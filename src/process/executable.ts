import { accessSync, constants, statSync } from 'node:fs'

/** Whether the file at this path is an executable program. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
