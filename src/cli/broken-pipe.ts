import { exitCodes, systemCode } from '../errors.ts'
import { commandText, work } from '../text/hint.ts'

/** What a failed write to standard output or error calls for: to carry on, an exit at once, or to die as a closed terminal asks. */
export type Consequence =
  { type: 'continue'; words?: string } | { type: 'exit'; code: number; words?: string } | { type: 'hang up' }

/** What a command does when nobody can read its output any more. */
type Policy =
  /** It ends by itself, so it does what it was asked, and its exit code is its own. */
  | 'finish'
  /** It watches agents, which is of use without a reader, even when the terminal is closed. */
  | 'outlive'
  /** It only prints, perhaps without end: it stops. */
  | 'stop'

let policy: Policy = 'finish'
let isHungUp = false
let isLost = false

/** From now on the command continues although nobody can read its output, also when its terminal is closed. */
export function outliveReader(): void {
  policy = 'outlive'
}

/** From now on the command ends when nobody reads its output any more. */
export function stopWithReader(): void {
  policy = 'stop'
}

/** Takes note that the terminal, if there is one, was closed: nothing may have been written to it since. */
export function noteHangUp(): void {
  if ([process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)) isHungUp = true
}

/** Whether the terminal was found to be closed: what ends then has to die of SIGHUP, for Node can't reset a terminal that is gone. */
export function isTerminalGone(): boolean {
  return isHungUp
}

/** The exit code of a command, 1 instead of 0 when some of its output could not be written. */
export function codeWithOutput(code: number): number {
  return code === 0 && isLost ? exitCodes.unfinished : code
}

/** 128 and the number of SIGPIPE, as shells have it. */
const brokenPipe = 141

/** What to do when a write to standard output or error failed. Only the first failure has words. */
export function afterFailedWrite(stream: { isTTY?: boolean }, error: Error): Consequence {
  const code = systemCode(error)
  if (stream.isTTY === true && code === 'EIO') {
    isHungUp = true
    return policy === 'outlive' ? { type: 'continue' } : { type: 'hang up' }
  }
  // A reader that goes away (`work list | head`) is no fault of ours.
  if (code === 'EPIPE') return policy === 'stop' ? { type: 'exit', code: brokenPipe } : { type: 'continue' }
  const words = isLost ? {} : { words: describeLoss(error) }
  isLost = true
  return policy === 'stop'
    ? { type: 'exit', code: exitCodes.unfinished, ...words }
    : { type: 'continue', ...words }
}

function describeLoss({ message }: Error): string {
  const loss = `Error: The output can't be written: ${message}`
  if (policy !== 'outlive') return loss
  return [
    `${loss.replace(/\.?$/, '.')} The run continues without it, and its agents keep running.`,
    `  → ${commandText(work('status'))}   to see how they are doing`,
  ].join('\n')
}
