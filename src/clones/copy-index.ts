import { copyFileSync, statSync, utimesSync } from 'node:fs'

/**
 * Copies git's index, with its time. git compares contents only of files that are as new as the index: a copy that looks
 * newer would hide a change of the same size in the second in which the files were written.
 */
export function copyIndexFile(from: string, to: string): void {
  const seconds = Math.floor(statSync(from).mtimeMs / 1000)
  copyFileSync(from, to)
  utimesSync(to, seconds, seconds)
}
