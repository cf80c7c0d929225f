import { runProgram } from '../process/spawn.ts'
import { ok, problem, warning, type Check } from './check.ts'
import { firstLine, isOlder } from '../process/program-version.ts'
import { versionPatience } from '../process/waits.ts'
import { advice, work, type HintSource } from '../text/hint.ts'

/** The oldest supported Node, as in package.json. */
export const oldestNode = '20.19'

/** Whether this Node (`v22.1.0`) is supported. */
export function checkNode(version: string): Check {
  const found = version.replace(/^v/, '')
  if (!isOlder(found, oldestNode)) return ok('node', found)
  return problem('node', `${found} is too old: work needs ${oldestNode} or later`, 'Install a newer Node.js.')
}

export async function checkGit(env: Record<string, string>): Promise<Check> {
  return checkTool('git', '--version', env, 'Agents need git to show and keep their work. Install it.')
}

export async function checkTmux(env: Record<string, string>): Promise<Check> {
  return checkTool('tmux', '-V', env, advice`Only ${work('run', '--tmux')} needs it.`)
}

async function checkTool(
  name: string,
  flag: string,
  env: Record<string, string>,
  need: HintSource,
): Promise<Check> {
  const { exitCode, stdout } = await runProgram(name, [flag], { env, timeout: versionPatience })
  if (exitCode === 0) return ok(name, firstLine(stdout))
  return warning(name, 'not found on PATH, or does not run', need)
}
