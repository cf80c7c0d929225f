import { exitCodes, systemCode } from '../errors.ts'

/** What an error of standard output or error calls for: nothing, an exit code, or to die as the terminal's closing asks. */
export type Consequence =
  { type: 'go on' } | { type: 'exit'; code: number; words?: string } | { type: 'hang up' }

let isNeeded = true
let isHungUp = false

/** From now on work goes on although nobody is left to read of it, and its exit code tells what it came to. */
export function outliveReader(): void {
  isNeeded = false
}

/** Whether the terminal was found to be closed: what ends then has to die of SIGHUP, for Node can't reset a terminal that is gone. */
export function isTerminalGone(): boolean {
  return isHungUp
}

/** What to do when a write to standard output or error failed. */
export function afterFailedWrite(stream: { isTTY?: boolean }, error: Error): Consequence {
  const code = systemCode(error)
  const isTerminal = stream.isTTY === true && code === 'EIO'
  if (isTerminal) isHungUp = true
  if (code !== 'EPIPE' && !isTerminal) {
    return {
      type: 'exit',
      code: exitCodes.unfinished,
      words: `Error: The output can't be written: ${error.message}`,
    }
  }
  if (!isNeeded) return { type: 'go on' }
  // A reader that goes away (`work list | head`) is no fault of ours.
  return isTerminal ? { type: 'hang up' } : { type: 'exit', code: 0 }
}
