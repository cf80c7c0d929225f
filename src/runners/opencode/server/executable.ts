import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { WorkError } from '../../../errors.ts'
import { isProgram } from '../../../process/executable.ts'
import { advice, shell } from '../../../text/hint.ts'

/**
 * The `opencode` to run: from PATH in `env`, otherwise the one installed next to `work`, whose built keeper is given.
 * Throws a `WorkError` (`opencode-missing`) if there is none.
 */
export function findOpencode(env: Record<string, string>, keeper: string): string {
  // A relative entry of PATH would mean another program in each folder.
  const onPath = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder))
  const beside = foldersAbove(keeper).map((folder) => join(folder, 'node_modules', '.bin'))
  const found = [...onPath, ...beside].map((folder) => join(folder, 'opencode')).find(isProgram)
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
