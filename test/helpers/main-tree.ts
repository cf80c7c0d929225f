import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { prepareClone, type PrepareOrder, type Prepared } from '../../src/clones/prepare.ts'
import type { CloneSettings } from '../../src/clones/settings.ts'
import { clonesFolder, streamBranch, threadNames, type CloneSite } from '../../src/clones/site.ts'
import { ensureStreamBranch } from '../../src/clones/stream-branch.ts'
import { workspaceAt } from '../../src/paths.ts'

const stream = '001-x'

/** The time of all commits that `work` makes in these tests. */
export const at = '2026-02-03T04:05:06.789Z'

export const cloneSettings: CloneSettings = {
  isolation: 'clone',
  setup: [],
  copy: [],
  link: [],
  verify: [],
  verifyTimeout: 60_000,
  merge: 'commit',
  land: 'ask',
  push: false,
}

/** A repository with a workstream whose threads work in clones. */
export interface MainTree {
  root: string
  env: NodeJS.ProcessEnv
  /** git in the main tree: its output without line ends around it. */
  git: (...args: string[]) => string
  /** The same in any folder. */
  gitAt: (folder: string, ...args: string[]) => string
  write: (path: string, text: string, mode?: number) => void
  /** Writes these files and commits everything; gives the commit. */
  commit: (files: Record<string, string>) => string
  /** Creates the branch of the workstream at HEAD. */
  begin: () => Promise<string>
  site: (thread?: string) => CloneSite
  prepare: (order?: Partial<PrepareOrder>, signal?: AbortSignal) => Promise<Prepared>
  order: (order?: Partial<PrepareOrder>) => PrepareOrder
}

/** Makes such a repository, with `a.txt` and `work/tasks.json` in its only commit; it is removed when the test ends. */
export function makeMainTree(): MainTree {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'work-clones-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const [root, home] = [join(folder, 'main'), join(folder, 'home')]
  for (const each of [root, home]) mkdirSync(each)
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
  }
  const gitAt = (place: string, ...args: string[]) =>
    execFileSync('git', args, { cwd: place, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  const git = (...args: string[]) => gitAt(root, ...args)
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    chmodSync(join(root, path), mode)
  }
  const commit = (files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) write(path, text)
    git('add', '-A')
    git('commit', '-q', '--allow-empty', '-m', 'A change')
    return git('rev-parse', 'HEAD')
  }
  git('init', '-q', '-b', 'main')
  git('config', 'user.name', 'Ada')
  git('config', 'user.email', 'ada@example.com')
  commit({ 'a.txt': 'a\n', 'work/tasks.json': '{}\n', '.gitignore': '*.log\n.env*\nbuild/\n/modules\n' })
  const site = (thread = '01.01.01') => {
    const { name, branch } = threadNames(stream, thread)
    return { root, folder: join(clonesFolder(workspaceAt(root)), name), branch, into: streamBranch(stream) }
  }
  const order = (more: Partial<PrepareOrder> = {}): PrepareOrder => ({
    stream,
    thread: '01.01.01',
    attempt: 1,
    token: 'token-1',
    from: 'go-on',
    settings: cloneSettings,
    env,
    log: join(folder, 'setup.log'),
    at,
    ...more,
  })
  return {
    root,
    env,
    git,
    gitAt,
    write,
    commit,
    begin: () => ensureStreamBranch(root, streamBranch(stream), env),
    site,
    order,
    prepare: (more = {}, signal = new AbortController().signal) =>
      prepareClone(site(more.thread), order(more), signal),
  }
}

/** The text of a file; undefined if there is none. */
export function textIn(folder: string, path: string): string | undefined {
  const file = join(folder, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
