import { accessSync, constants, statSync } from 'node:fs'

/** Whether the file at this path is a program that can be started. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
