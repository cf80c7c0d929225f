import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The command that installs exactly what the lock file of a repository says, by its package manager; undefined without a
 * lock file beside package.json. None of them changes the lock file: a thread would commit that.
 */
export function findInstall(root: string): string[] | undefined {
  const has = (name: string) => existsSync(join(root, name))
  if (!has('package.json')) return undefined
  if (has('pnpm-lock.yaml')) return ['pnpm', 'install', '--frozen-lockfile']
  if (has('yarn.lock'))
    return ['yarn', 'install', isClassicYarn(join(root, 'yarn.lock')) ? '--frozen-lockfile' : '--immutable']
  if (has('bun.lock') || has('bun.lockb')) return ['bun', 'install', '--frozen-lockfile']
  return has('package-lock.json') || has('npm-shrinkwrap.json') ? ['npm', 'ci'] : undefined
}

/** Yarn 1 does not know `--immutable`, and passes over it. */
function isClassicYarn(lock: string): boolean {
  return readFileSync(lock, 'utf8').includes('# yarn lockfile v1')
}
