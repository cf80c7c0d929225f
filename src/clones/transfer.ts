import type { CommitId } from '../../machines/delivery.ts'
import { type Git, gitIn } from './git.ts'
import { settleRefLock } from './left-locks.ts'
import { branchRef, resolveCommit } from './refs.ts'
import { type CloneSite, keptRef } from './site.ts'

/** In a clone, the tip of the workstream's branch as it was fetched last. */
const tipRef = 'refs/work/tip'

/** Keeps a commit of the clone in the main repository, as `keptRef(site, what)`. Nothing else there changes. */
export async function keepInMain(
  site: CloneSite,
  what: string,
  commit: CommitId,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const name = `refs/work/${what}`
  await gitIn(site.folder, env).run(['update-ref', name, commit])
  const main = gitIn(site.root, env)
  const ref = keptRef(site, what)
  await settleRefLock(main, ref)
  await fetchRef(main, site.folder, `+${name}:${ref}`)
}

/** Fetches the tip of the workstream's branch into the clone; undefined if the main repository has no such branch. */
export async function fetchTip(site: CloneSite, env: NodeJS.ProcessEnv): Promise<CommitId | undefined> {
  const tip = await resolveCommit(gitIn(site.root, env), branchRef(site.into))
  if (tip === undefined) return undefined
  const clone = gitIn(site.folder, env)
  await fetchRef(clone, site.root, `+${branchRef(site.into)}:${tipRef}`)
  return resolveCommit(clone, tipRef)
}

async function fetchRef(git: Git, from: string, refspec: string): Promise<void> {
  const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--no-prune']
  const settings = ['-c', 'protocol.file.allow=always', '-c', 'fetch.writeCommitGraph=false']
  await git.run([...settings, 'fetch', ...options, from, refspec])
}
