import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { findRepository } from '../../src/store/repository.ts'
import { thrownBy } from '../builders/workspace.ts'

/** A folder outside of any repository. */
let top: string
let env: Record<string, string>

beforeEach(() => {
  const ceiling = realpathSync(mkdtempSync(join(tmpdir(), 'work-repository-')))
  onTestFinished(() => rmSync(ceiling, { recursive: true, force: true }))
  env = { GIT_CEILING_DIRECTORIES: ceiling, PATH: process.env['PATH'] ?? '', HOME: ceiling }
  top = folder(ceiling, 'top')
})

function folder(...names: string[]): string {
  const path = join(...names)
  mkdirSync(path, { recursive: true })
  return path
}

function git(cwd: string, ...args: string[]): void {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com']
  execFileSync('git', [...identity, ...args], { cwd, env, stdio: 'pipe' })
}

/** A repository with one commit. */
function repository(path: string): string {
  git(folder(path), 'init', '-q')
  git(path, 'commit', '-q', '--allow-empty', '-m', 'First')
  return path
}

const noRepositories: { title: string; make: () => void; why: RegExp }[] = [
  { title: 'no .git', make: () => undefined, why: /at or above \S+\/below\.$/ },
  { title: 'an empty folder .git', make: () => folder(top, '.git'), why: /top\/\.git has no valid HEAD\.$/ },
  {
    title: 'a .git whose HEAD is an empty file',
    make: () => writeFileSync(join(folder(top, '.git'), 'HEAD'), ''),
    why: /no valid HEAD/,
  },
  {
    title: 'a .git with a HEAD and no objects',
    make: () => writeFileSync(join(folder(top, '.git'), 'HEAD'), 'ref: refs/heads/main\n'),
    why: /\.git has no objects\.$/,
  },
  {
    title: 'an empty file .git',
    make: () => writeFileSync(join(top, '.git'), ''),
    why: /does not begin with "gitdir: "/,
  },
  {
    title: 'a .git file that points to a folder that is gone',
    make: () => writeFileSync(join(top, '.git'), 'gitdir: ../gone/.git/worktrees/top\n'),
    why: /points to \S+\/gone\/\.git\/worktrees\/top, which does not exist/,
  },
  {
    title: 'a .git file that points to an empty folder',
    make: () => {
      folder(top, 'empty')
      writeFileSync(join(top, '.git'), 'gitdir: empty\n')
    },
    why: /top\/empty has no valid HEAD/,
  },
  {
    title: 'a link .git to nowhere',
    make: () => symlinkSync('nowhere', join(top, '.git')),
    why: /at or above/,
  },
]

test.each(noRepositories)('$title is not a repository, as for git', async ({ make, why }) => {
  make()
  const below = folder(top, 'below')
  const error = await thrownBy(() => findRepository(below, env))
  expect(error).toMatchObject({ code: 'no-repository', message: expect.stringMatching(why) })
  expect(() => git(below, 'rev-parse', '--show-toplevel')).toThrow(/not a git repository|invalid gitfile/)
})

/** A folder in which `make` has made a flaw, inside a repository; and that repository. */
function belowFlaw(make: () => void): { below: string; outer: string } {
  const outer = repository(join(top, 'outer'))
  top = folder(outer, 'inner')
  make()
  return { below: folder(top, 'below'), outer }
}

const isFile = ({ title }: { title: string }) => /\.git file|file \.git/.test(title)

test.each(noRepositories.filter((each) => !isFile(each)))(
  '$title inside a repository is skipped, as by git',
  ({ make }) => {
    const { below, outer } = belowFlaw(make)
    expect(findRepository(below, env)).toBe(outer)
    git(below, 'rev-parse')
  },
)

test.each(noRepositories.filter(isFile))(
  '$title inside a repository ends the search, as it does for git',
  async ({ make }) => {
    const { below } = belowFlaw(make)
    expect(await thrownBy(() => findRepository(below, env))).toMatchObject({ code: 'no-repository' })
    expect(() => git(below, 'rev-parse')).toThrow(/fatal/)
  },
)

describe('a repository is found from its folders where it is', () => {
  test('new, without a commit', () => {
    git(top, 'init', '-q')
    expect(findRepository(folder(top, 'a', 'b'), env)).toBe(top)
  })

  test('at a detached commit', () => {
    repository(top)
    git(top, 'checkout', '-q', '--detach')
    expect(findRepository(top, env)).toBe(top)
  })

  test('a linked worktree', () => {
    repository(top)
    git(top, 'worktree', 'add', '-q', 'linked')
    expect(findRepository(folder(top, 'linked', 'deep'), env)).toBe(join(top, 'linked'))
  })

  test('a submodule', () => {
    const library = repository(join(top, 'library'))
    const outer = repository(join(top, 'outer'))
    git(outer, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'part')
    expect(findRepository(join(outer, 'part'), env)).toBe(join(outer, 'part'))
  })

  test('one with a git folder elsewhere', () => {
    git(top, 'init', '-q', '--separate-git-dir', join(top, '..', 'elsewhere'))
    expect(findRepository(top, env)).toBe(top)
  })

  test('from a hook that git starts in .git', () => {
    repository(top)
    expect(findRepository(join(top, '.git', 'hooks'), env)).toBe(top)
  })
})

test('a bare repository is refused with an explanation, whatever is above it', async () => {
  repository(top)
  const bare = folder(top, 'bare.git')
  git(bare, 'init', '-q', '--bare')
  const error = await thrownBy(() => findRepository(join(bare, 'refs'), env))
  expect(error).toMatchObject({
    code: 'no-repository',
    message: `${bare} is a bare git repository, which has no working tree to run a plan in.`,
  })
})

test('the search for a repository does not enter a folder of GIT_CEILING_DIRECTORIES, also by a link', async () => {
  repository(top)
  const below = folder(top, 'below', 'start')
  symlinkSync(join(top, 'below'), join(top, 'link'))
  expect(findRepository(below, { GIT_CEILING_DIRECTORIES: `relative::${top}/other` })).toBe(top)
  const bound = { GIT_CEILING_DIRECTORIES: join(top, 'link') }
  expect(await thrownBy(() => findRepository(below, bound))).toMatchObject({ code: 'no-repository' })
})
