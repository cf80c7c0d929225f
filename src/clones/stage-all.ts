import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CommitId } from '../../machines/delivery.ts'
import { copyIndexFile } from './copy-index.ts'
import type { Git } from './git.ts'
import { partsOfList } from './refs.ts'

/** A change between two trees, as git lists it with `--raw`. */
export interface RawChange {
  path: string
  /** File modes; `000000` for what is not there. */
  oldMode: string
  newMode: string
  oldId: string
  newId: string
}

/** All of the clone's files in an index of their own: that of the agent stays as it is. */
export interface Staging {
  /** Variables with which git uses this index. */
  env: { GIT_INDEX_FILE: string }
  remove(): void
}

/** Copies the index of the clone, so that only files that changed are read. */
export async function copyIndex(git: Git, name = 'work-index'): Promise<Staging> {
  const folder = join(git.folder, '.git')
  const [own, copy] = [join(folder, 'index'), join(folder, name)]
  const remove = () => {
    for (const path of [copy, `${copy}.lock`]) rmSync(path, { force: true })
  }
  remove()
  const env = { GIT_INDEX_FILE: copy }
  if (existsSync(own)) copyIndexFile(own, copy)
  else await git.run(['read-tree', 'HEAD'], { env })
  return { env, remove }
}

/** Adds all files but those below work/ and linked ones. Gives why git could not, or undefined. */
export async function addAll(
  git: Git,
  { env }: Staging,
  link: readonly string[],
): Promise<string | undefined> {
  const paths = ['.', ':(exclude,top)work', ...link.map((path) => `:(exclude,top,literal)${path}`)]
  const settings = ['-c', 'advice.addEmbeddedRepo=false', '-c', 'core.safecrlf=false']
  const { exitCode, stderr } = await git.run([...settings, 'add', '-A', '--', ...paths], {
    env,
    expects: [0, 1, 128],
  })
  return exitCode === 0 ? undefined : stderr.trim()
}

/** Puts what `commit` has below work/ in place of what the index has there. */
export async function takeWorkFolder(git: Git, { env }: Staging, commit: CommitId): Promise<void> {
  await git.run(['rm', '-r', '--cached', '--quiet', '--ignore-unmatch', '--force', '--', 'work'], { env })
  const there = await git.run(['rev-parse', '--verify', '--quiet', `${commit}:work`], {
    env,
    expects: [0, 1, 128],
  })
  if (there.exitCode !== 0) return
  const type = await git.text('cat-file', '-t', there.stdout.trim())
  if (type === 'tree') await git.run(['read-tree', '--prefix=work/', there.stdout.trim()], { env })
}

/** What the index changes since `commit`. */
export async function changesSince(git: Git, { env }: Staging, commit: CommitId): Promise<RawChange[]> {
  const options = ['--cached', '--raw', '-z', '--no-renames', '--no-abbrev', '--ignore-submodules=none']
  const { stdout } = await git.run(['diff', ...options, commit, '--'], { env })
  return readRaw(stdout)
}

/** Reads the output of `--raw -z` without renames: `:100644 100644 <id> <id> M`, then the path. */
export function readRaw(output: string): RawChange[] {
  const parts = partsOfList(output)
  const changes: RawChange[] = []
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [oldMode = '', newMode = '', oldId = '', newId = ''] = (parts[at] ?? '').slice(1).split(' ')
    changes.push({ path: parts[at + 1] ?? '', oldMode, newMode, oldId, newId })
  }
  return changes
}
