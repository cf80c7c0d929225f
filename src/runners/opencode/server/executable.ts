import { dirname, join } from 'node:path'
import { WorkError } from '../../../errors.ts'
import { findOnPath, isProgram } from '../../../process/executable.ts'
import { advice, shell } from '../../../text/hint.ts'

/**
 * The `opencode` to run: from PATH in `env`, otherwise the one installed next to `work`, whose built keeper is given.
 * Throws a `WorkError` (`opencode-missing`) if there is none.
 */
export function findOpencode(env: Record<string, string>, keeper: string): string {
  const beside = foldersAbove(keeper).map((folder) => join(folder, 'node_modules', '.bin', 'opencode'))
  const found = findOnPath('opencode', env) ?? beside.find(isProgram)
  if (found !== undefined) return found
  throw new WorkError('opencode is not installed: no program "opencode" on PATH.', {
    code: 'opencode-missing',
    hint: advice`${shell('npm', 'install', '--global', 'opencode-ai')}, or add the folder of your opencode to PATH.`,
  })
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path)
  return folder === path ? [] : [folder, ...foldersAbove(folder)]
}
