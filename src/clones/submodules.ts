import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { messageOf, WorkError } from '../errors.ts'
import { gitIn, type Git } from './git.ts'
import { setupError } from './setup-error.ts'
import { submodulesIn } from './snapshot.ts'

/**
 * Fills the submodules of a clone that the main repository has too, from there; what is only at their origin is fetched.
 * Others stay empty, as in the main tree. `modules`: the folder of git's data about submodules, in the main repository.
 */
export async function fillSubmodules(clone: Git, modules: string, env: NodeJS.ProcessEnv): Promise<void> {
  for (const { name, path } of await submodulesIn(clone)) {
    const source = resolve(modules, name)
    if (!existsSync(join(source, 'HEAD'))) continue
    try {
      await fillSubmodule(clone, { name, path, source })
    } catch (error) {
      if (!(error instanceof WorkError)) throw error
      throw setupError(`The submodule ${path} can't be checked out: ${messageOf(error)}`, error.advice, error)
    }
    await fillSubmodules(gitIn(join(clone.folder, path), env), join(source, 'modules'), env)
  }
}

async function fillSubmodule(
  clone: Git,
  { name, path, source }: { name: string; path: string; source: string },
): Promise<void> {
  const [update, one] = [
    ['submodule', '--quiet', 'update', '--init'],
    ['--', path],
  ]
  if (!existsSync(join(clone.folder, '.git', 'modules', name))) {
    await clone.run(['config', `submodule.${name}.url`, source])
    // It may lack the very commit that is asked for: the origin has it.
    await clone.run(['-c', 'protocol.file.allow=always', ...update, ...one], { expects: [0, 1, 128] })
  }
  await clone.run(['submodule', '--quiet', 'sync', ...one])
  await clone.run([...update, '--force', ...one])
}
