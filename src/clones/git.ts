import { dirname } from 'node:path'
import { exitCodes, WorkError } from '../errors.ts'
import { inheritedEnvironment } from '../process/env.ts'
import { runProgram } from '../process/spawn.ts'
import { advice, shell } from '../text/hint.ts'

/** How a git command ended. */
interface GitEnd {
  exitCode: number
  stdout: string
  stderr: string
}

interface GitOptions {
  /** Exit codes that are answers, not failures. Default: only 0. */
  expects?: readonly number[]
  /** Its standard input. */
  input?: string
  /** Further variables, such as `GIT_INDEX_FILE`. */
  env?: Record<string, string>
}

/** git in one folder. Nothing binds it elsewhere: no inherited variables, and no repository above the folder. */
export interface Git {
  readonly folder: string
  /** Runs a command. Throws a `WorkError` (`git-failed`) for an exit code that is no answer. */
  run(args: readonly string[], options?: GitOptions): Promise<GitEnd>
  /** The output of a command without line ends around it. Throws like `run`. */
  text(...args: string[]): Promise<string>
}

/** Settings for every call: no hooks, editors, prompts, signatures or background work. */
const quiet = [
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'gc.auto=0',
  '-c',
  'maintenance.auto=false',
  '-c',
  'commit.gpgSign=false',
  '-c',
  'core.quotePath=false',
]

/** git in this folder, which is the top of a working tree. `env`: the environment of this process. */
export function gitIn(folder: string, env: NodeJS.ProcessEnv): Git {
  const variables = {
    ...inheritedEnvironment(env),
    // A clone that has lost its .git must not be taken for the repository around it.
    GIT_CEILING_DIRECTORIES: dirname(folder),
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_EDITOR: ':',
    LC_ALL: 'C',
  }
  const run: Git['run'] = async (args, { expects = [0], input, env: more } = {}) => {
    const end = await runProgram('git', [...quiet, ...args], {
      cwd: folder,
      env: { ...variables, ...more },
      ...(input !== undefined && { input }),
    })
    const { exitCode, stdout, stderr, failure } = end
    if (exitCode !== undefined && expects.includes(exitCode)) return { exitCode, stdout, stderr }
    throw gitFailed(folder, args, stderr.trim() || stdout.trim() || failure || `exit code ${exitCode}`)
  }
  return { folder, run, text: async (...args) => (await run(args)).stdout.trim() }
}

function gitFailed(folder: string, args: readonly string[], why: string): WorkError {
  return new WorkError(`git ${args[0] ?? ''} failed in ${folder}: ${why}`, {
    code: 'git-failed',
    hint: advice`${shell('git', '-C', folder, ...args)} shows it again.`,
    exitCode: exitCodes.unfinished,
  })
}
