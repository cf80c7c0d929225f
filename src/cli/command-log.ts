import type { WorkLog } from '../log/log.ts'
import type { CommonOptions } from './context.ts'

let log: WorkLog | undefined
let begun = 0

/** The log of the command that this process runs; undefined when it has none. */
export function commandLog(): WorkLog | undefined {
  return log
}

/** Opens the log of a command that is about to begin. */
export async function beginLog(
  command: string,
  options: CommonOptions & Record<string, unknown>,
): Promise<void> {
  const { openCommandLog } = await import('./open-log.ts')
  begun = performance.now()
  log = openCommandLog(command, options)
  await loadLog()
}

/** Once at the beginning: at the end the installed `work` may be another one. */
function loadLog() {
  return import('../log/log.ts')
}

/** Logs how the command ended, and the error that ended it. */
export async function endLog(exitCode: number, error?: unknown): Promise<void> {
  if (log === undefined) return
  const { errorFacts } = await loadLog()
  const ms = Math.round(performance.now() - begun)
  log.write('command ended', { exitCode, ms, ...(error === undefined ? {} : errorFacts(error)) })
}
