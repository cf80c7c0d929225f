import { dirname } from 'node:path'
import { inheritedEnvironment } from '../process/env.ts'
import { type ProgramEnd, runProgram } from '../process/spawn.ts'

/** Runs git as the user would: with hooks, signatures and settings. Never throws: the caller judges how it ended. */
export async function runUserGit(
  root: string,
  args: readonly string[],
  { env, more, input }: { env: NodeJS.ProcessEnv; more?: Record<string, string>; input?: string },
): Promise<ProgramEnd> {
  return runProgram('git', args, {
    cwd: root,
    env: { ...inheritedEnvironment(env), GIT_CEILING_DIRECTORIES: dirname(root), ...more },
    ...(input !== undefined && { input }),
  })
}
