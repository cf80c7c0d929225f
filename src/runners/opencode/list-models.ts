import { WorkError } from '../../errors.ts'
import { runProgram } from '../../process/spawn.ts'
import { modelsPatience } from './waits.ts'
import { shell } from '../../text/hint.ts'

/**
 * The models that `opencode models` lists for a folder, as `provider/model`; used if no server is running. Throws a
 * `WorkError` (`models-not-listed`).
 */
export async function runListModels(
  program: string,
  cwd: string,
  env: Record<string, string>,
  timeout = modelsPatience,
): Promise<string[]> {
  const { exitCode, stdout, stderr, failure } = await runProgram(program, ['models'], { cwd, env, timeout })
  if (exitCode === 0) return stdout.split('\n').flatMap((line) => /^[^/\s]+\/\S+$/.exec(line.trim()) ?? [])
  const why =
    failure === 'ETIMEDOUT'
      ? `no answer within ${timeout / 1000} seconds`
      : (stderr.trim().split('\n').at(-1) ?? '') || (failure ?? `exit code ${exitCode}`)
  throw new WorkError(`opencode models failed: ${why}`, {
    code: 'models-not-listed',
    hint: shell('opencode', 'models'),
  })
}
