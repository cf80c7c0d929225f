import { execa } from 'execa'
import type { RecorderOrder } from './recorder.ts'

/** A recorder that this process has started. */
export interface RecorderRun {
  isOver(): boolean
}

/**
 * Starts the recorder of a session in a process group of its own and leaves it alone: it lives on when this process
 * dies. What goes wrong in it lands in the session's error log. Throws when it can't be started.
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
  // Its exit code says nothing: what it found out stands in its files. Without a pid it never ran, and this throws.
  if (child.pid === undefined) await child
  child.catch(() => undefined)
  child.unref()
  return { isOver: () => child.exitCode !== null || child.signalCode !== null }
}

/** What a program that was run to its end came to. */
export interface ProgramEnd {
  /** Undefined when a signal ended it, or it could not be started. */
  exitCode: number | undefined
  /** Both empty for a program that has the terminal. */
  stdout: string
  stderr: string
  /** Why it could not be started or was ended, as a system error's code: `ENOENT` when there is no such program. */
  failure: string | undefined
}

export interface ProgramOptions {
  cwd?: string
  /** The whole environment; that of this process unless told. */
  env?: Record<string, string>
  /** Gives it the terminal: Ctrl-C and whatever else is typed is its own. */
  interactive?: boolean
  /** Milliseconds after which it is ended; never by default. */
  timeout?: number
  /** Its standard input; empty by default. */
  input?: string
}

/** Runs a program to its end, without a shell. Throws nothing: how it ended is for the caller to judge. */
export async function runProgram(
  file: string,
  args: readonly string[],
  { cwd, env, interactive = false, timeout, input }: ProgramOptions = {},
): Promise<ProgramEnd> {
  const { exitCode, stdout, stderr, code, timedOut } = await execa(file, args, {
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env, extendEnv: false }),
    ...(timeout !== undefined && { timeout }),
    ...(input === undefined ? { stdin: interactive ? 'inherit' : 'ignore' } : { input }),
    stdout: interactive ? 'inherit' : 'pipe',
    stderr: interactive ? 'inherit' : 'pipe',
    reject: false,
  })
  return { exitCode, stdout: stdout ?? '', stderr: stderr ?? '', failure: timedOut ? 'ETIMEDOUT' : code }
}
