import { execa } from 'execa'

/** How a program ended. */
export interface ProgramEnd {
  /** Undefined if a signal ended it, or if it could not be started. */
  exitCode: number | undefined
  /** Both empty for a program that uses the terminal. */
  stdout: string
  stderr: string
  /** Why it could not be started or was ended, as a system error code: `ENOENT` if there is no such program. */
  failure: string | undefined
}

export interface ProgramOptions {
  cwd?: string
  /** The whole environment. Default: that of this process. */
  env?: Record<string, string>
  /** Gives it the terminal: it receives Ctrl-C and all other keys. */
  interactive?: boolean
  /** Time limit in milliseconds. Default: none. */
  timeout?: number
  /** Its standard input. Default: empty. */
  input?: string
}

/** Runs a program to its end, without a shell. Never throws: the caller judges how it ended. */
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
