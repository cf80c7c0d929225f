import { findOpencode } from '../runners/opencode/server/executable.ts'
import { triedVersion } from '../runners/opencode/tested-version.ts'
import { runProgram } from '../process/spawn.ts'
import { objection, ok, problem, warning, type Check } from './check.ts'

/** Time limit for a program to print its version, in milliseconds. */
const patience = 15_000

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
  return checkTool('tmux', '-V', env, 'Only work run --tmux needs it.')
}

/** Checks `opencode`, which is a problem only if an agent needs it. */
export async function checkOpencode(
  keeper: string,
  env: Record<string, string>,
  isNeeded: boolean,
): Promise<Check> {
  const name = 'opencode'
  const state = isNeeded ? 'problem' : 'warning'
  try {
    const program = findOpencode(env, keeper)
    const end = await runProgram(program, ['--version'], { env, timeout: patience })
    if (end.exitCode === 0) return judgeVersion(name, firstLine(end.stdout), program)
    const isSilent = end.failure === 'ETIMEDOUT'
    const why = isSilent
      ? `no answer within ${patience / 1000} seconds`
      : firstLine(end.stderr) || (end.failure ?? `exit code ${end.exitCode}`)
    const text = `${program} does not run: ${why}`
    return { name, state, text, hint: 'npm install --global opencode-ai' }
  } catch (error) {
    return objection(name, state, error)
  }
}

/** Its API may differ before the tested version and after the next major one. */
function judgeVersion(name: string, version: string, program: string): Check {
  if (version === triedVersion) return ok(name, `${version} (${program})`)
  const text = `${version} (${program}); work is tested with ${triedVersion}`
  const isNear = majorOf(version) === majorOf(triedVersion) && !isOlder(version, triedVersion)
  return isNear
    ? ok(name, text)
    : warning(name, text, `If its agents fail: npm install --global opencode-ai@${triedVersion}`)
}

async function checkTool(
  name: string,
  flag: string,
  env: Record<string, string>,
  need: string,
): Promise<Check> {
  const { exitCode, stdout } = await runProgram(name, [flag], { env, timeout: patience })
  if (exitCode === 0) return ok(name, firstLine(stdout))
  return warning(name, 'not found on PATH, or does not run', need)
}

/** Whether a version is older than another. Missing numbers are not compared. */
function isOlder(version: string, other: string): boolean {
  const [left, right] = [numbersOf(version), numbersOf(other)]
  const at = right.findIndex((number, index) => left[index] !== number)
  return at !== -1 && (left[at] ?? 0) < (right[at] ?? 0)
}

function majorOf(version: string): number | undefined {
  return numbersOf(version)[0]
}

function numbersOf(version: string): number[] {
  return (/\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number)
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}
