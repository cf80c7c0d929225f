import { objection, ok, warning, type Check } from '../../../doctor/check.ts'
import { firstLine, isOlder, majorOf } from '../../../process/program-version.ts'
import { runProgram } from '../../../process/spawn.ts'
import { findOpencode } from '../server/executable.ts'
import { triedVersion } from '../tested-version.ts'
import type { Helpers } from '../../agent.ts'
import { versionPatience } from '../../../process/waits.ts'
import { advice, hintOf, shell, type CommandLine } from '../../../text/hint.ts'

/** Checks `opencode`, which is a problem only if an agent needs it. */
export async function checkOpencode(
  { env, helpers: { keeper } }: { env: Record<string, string>; helpers: Helpers },
  isNeeded: boolean,
): Promise<Check> {
  const name = 'opencode'
  const state = isNeeded ? 'problem' : 'warning'
  try {
    const program = findOpencode(env, keeper)
    const end = await runProgram(program, ['--version'], { env, timeout: versionPatience })
    if (end.exitCode === 0) return judgeVersion(name, firstLine(end.stdout), program)
    const isSilent = end.failure === 'ETIMEDOUT'
    const why = isSilent
      ? `no answer within ${versionPatience / 1000} seconds`
      : firstLine(end.stderr) || (end.failure ?? `exit code ${end.exitCode}`)
    const text = `${program} does not run: ${why}`
    return { name, state, text, hint: hintOf(install('opencode-ai')) }
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
    : warning(name, text, advice`If its agents fail: ${install(`opencode-ai@${triedVersion}`)}`)
}

function install(name: string): CommandLine {
  return shell('npm', 'install', '--global', name)
}
