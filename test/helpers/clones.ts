import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { CommitId } from '../../machines/delivery.ts'
import type { CommitOrder } from '../../src/clones/commit.ts'
import type { MergeOrder } from '../../src/clones/merge.ts'
import { type CloneSite, streamBranch, threadNames } from '../../src/clones/site.ts'

const stream = '001-x'
const at = '2026-01-02T03:04:05.678Z'

/** A repository with a workstream's branch, for tests of delivery. Removed when the test has finished. */
export interface DeliveryScene {
  root: string
  env: NodeJS.ProcessEnv
  /** The commit at which the workstream's branch began. */
  base: CommitId
  git: (...args: string[]) => string
  /** A clone for a thread, at the tip of the workstream's branch. */
  clone: (thread: string) => CloneScene
}

export interface CloneScene {
  site: CloneSite
  base: CommitId
  git: (...args: string[]) => string
  write: (path: string, text: string | Uint8Array) => void
  commitOrder: (more?: Partial<CommitOrder>) => CommitOrder
  mergeOrder: (head: CommitId, more?: Partial<MergeOrder>) => MergeOrder
}

/** Makes a repository with these files in its only commit, on main. */
export function deliveryScene(files: Record<string, string | Uint8Array> = {}): DeliveryScene {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'work-delivery-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const root = join(folder, 'main')
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  }
  const git = (...args: string[]) => gitAt(root, env, args)
  mkdirSync(root)
  git('init', '--quiet', '--initial-branch=main')
  git('config', 'user.name', 'Ada')
  git('config', 'user.email', 'ada@example.com')
  const all = { 'README.md': 'readme\n', '.gitignore': '.trees/\n*.ignored\n', ...files }
  for (const [path, text] of Object.entries(all)) writeIn(root, path, text)
  git('add', '-A')
  git('commit', '--quiet', '--message', 'start')
  git('branch', streamBranch(stream))
  const base = git('rev-parse', 'HEAD')
  return { root, env, base, git, clone: (thread) => cloneIn({ root, env, git }, thread) }
}

function cloneIn(
  { root, env, git: main }: Pick<DeliveryScene, 'root' | 'env' | 'git'>,
  thread: string,
): CloneScene {
  const { name, branch } = threadNames(stream, thread)
  const site = { root, folder: join(root, 'work', '.trees', name), branch, into: streamBranch(stream) }
  main('clone', '--quiet', '--local', '--no-tags', '--branch', site.into, root, site.folder)
  const git = (...args: string[]) => gitAt(site.folder, env, args)
  git('config', 'user.name', 'Ada')
  git('config', 'user.email', 'ada@example.com')
  git('checkout', '--quiet', '-b', branch)
  const base = git('rev-parse', 'HEAD')
  const session = { sessionId: `cmd_${thread}`, agentName: 'default', model: 'none' }
  const authorship = { stream, thread, threadName: `Thread ${thread}`, session, at, env }
  return {
    site,
    base,
    git,
    write: (path, text) => writeIn(site.folder, path, text),
    commitOrder: (more) => ({ ...authorship, base, link: [], ...more }),
    mergeOrder: (head, more) => ({ ...authorship, base, head, merge: 'commit', ...more }),
  }
}

/** Writes a file, and the folders that it needs. */
export function writeIn(folder: string, path: string, text: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

/** The output of git in a folder, without line ends around it; throws if it fails. */
export function gitAt(folder: string, env: NodeJS.ProcessEnv, args: readonly string[]): string {
  return execFileSync('git', args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()
}
