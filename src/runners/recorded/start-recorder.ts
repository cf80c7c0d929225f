import { execa } from 'execa'
import type { RecorderOrder } from './recorder.ts'

/** A recorder that this process has started. */
export interface RecorderRun {
  isOver(): boolean
}

/**
 * Starts the recorder of a session in its own process group. It keeps running when this process dies. Its errors go to
 * the session's error log. Throws if it can't be started.
 */
export async function startRecorder(
  recorder: string,
  order: RecorderOrder,
  env: Record<string, string>,
): Promise<RecorderRun> {
  const child = execa(process.execPath, [recorder, JSON.stringify(order)], {
    cwd: order.cwd,
    env,
    extendEnv: false,
    detached: true,
    cleanup: false,
    stdio: 'ignore',
  })
  // Its exit code has no meaning: its results are in its files. Without a pid it never ran, and this throws.
  if (child.pid === undefined) await child
  child.catch(() => undefined)
  child.unref()
  return { isOver: () => child.exitCode !== null || child.signalCode !== null }
}
