import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { landStream } from '../../src/clones/land.ts'
import type { LandOptions, LandPlan } from '../../src/clones/land-plan.ts'
import { refLockPatience } from '../../src/clones/waits.ts'
import { type DeliveryScene, deliveryScene, writeIn } from '../helpers/clones.ts'

const source = 'workstream/001-x'

/** A repository whose workstream's branch has these files more than main. */
function scene(change: Record<string, string | null>, start: Record<string, string> = {}) {
  const made = deliveryScene(start)
  made.git('checkout', '--quiet', source)
  for (const [path, text] of Object.entries(change))
    if (text === null) made.git('rm', '--quiet', path)
    else writeIn(made.root, path, text)
  made.git('add', '-A')
  made.git('commit', '--quiet', '-m', 'Merge thread 01.01.01 "Parser"', '-m', 'Work-Thread: 001-x/01.01.01')
  made.git('checkout', '--quiet', 'main')
  const options: LandOptions = {
    root: made.root,
    stream: '001-x',
    source,
    recorded: 'main',
    at: '2026-01-02T03:04:05.678Z',
    env: made.env,
  }
  const land = (more: Partial<LandOptions> = {}, facts?: Parameters<typeof landStream>[1]) =>
    landStream({ ...options, ...more }, facts)
  return { ...made, land, tip: made.git('rev-parse', source), read: (path: string) => readIn(made, path) }
}

function readIn({ root }: DeliveryScene, path: string): string | undefined {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined
}

/** A commit on main that the workstream's branch does not have. */
function commitOnMain({ git, root }: DeliveryScene, path: string, text: string): string {
  writeIn(root, path, text)
  git('add', '--', path)
  git('commit', '--quiet', '-m', 'by the user', '--', path)
  return git('rev-parse', 'HEAD')
}

describe('landing a workstream', () => {
  it('moves the branch of the user forward, and finds nothing to land afterwards', async () => {
    const { land, git, tip, read } = scene({ 'a.txt': 'a\nb\n', 'README.md': 'new\n' })
    const result = await land()
    expect(result).toMatchObject({ type: 'landed', plan: { kind: 'fast-forward', to: tip, branch: 'main' } })
    expect(result.plan.files).toEqual([
      { path: 'README.md', added: 1, removed: 1 },
      { path: 'a.txt', added: 2, removed: 0 },
    ])
    expect(result.plan.commits).toEqual([{ id: tip, subject: 'Merge thread 01.01.01 "Parser"' }])
    expect(git('rev-parse', 'main')).toBe(tip)
    expect(read('a.txt')).toBe('a\nb\n')
    expect(git('status', '--porcelain')).toBe('')
    expect(await land()).toMatchObject({ type: 'nothing' })
  })

  it('merges where the user has committed as well', async () => {
    const made = scene({ 'a.txt': 'a\n' })
    const user = commitOnMain(made, 'b.txt', 'b\n')
    expect(await made.land()).toMatchObject({ type: 'landed', plan: { kind: 'merge' } })
    expect(made.git('show', '--no-patch', '--format=%P', 'main')).toBe(`${user} ${made.tip}`)
    expect([made.read('a.txt'), made.read('b.txt')]).toEqual(['a\n', 'b\n'])
  })

  it('makes one commit with squash, and finds nothing to land afterwards', async () => {
    const { land, git, base } = scene({ 'a.txt': 'a\n' })
    expect(await land({ squash: true })).toMatchObject({ type: 'landed', plan: { kind: 'squash' } })
    expect(git('show', '--no-patch', '--format=%P%n%B', 'main')).toBe(
      `${base}\nLand workstream 001-x\n\n- Merge thread 01.01.01 "Parser"`,
    )
    expect(await land({ squash: true })).toMatchObject({ type: 'nothing' })
  })

  it('changes nothing in a dry run, and shows the same plan', async () => {
    const made = scene({ 'a.txt': 'a\n' })
    commitOnMain(made, 'b.txt', 'b\n')
    const state = () => [made.git('for-each-ref'), made.git('status', '--porcelain'), made.read('a.txt')]
    const before = state()
    const planned = await made.land({ dryRun: true })
    expect(planned.type).toBe('planned')
    expect(state()).toEqual(before)
    expect((await made.land()).plan).toEqual(planned.plan)
  })

  it('keeps changes of the user in other files, staged and not', async () => {
    const { land, git, root } = scene({ 'a.txt': 'a\n' }, { 'b.txt': 'b\n', 'c.txt': 'c\n' })
    writeFileSync(join(root, 'b.txt'), 'staged\n')
    git('add', 'b.txt')
    writeFileSync(join(root, 'c.txt'), 'not staged\n')
    writeFileSync(join(root, 'd.txt'), 'new\n')
    const before = git('status', '--porcelain')
    expect(await land()).toMatchObject({ type: 'landed' })
    expect(git('status', '--porcelain')).toBe(before)
  })

  it('runs the hooks of the user, also those that fail', async () => {
    const { land, root, git, tip } = scene({ 'a.txt': 'a\n' })
    writeFileSync(join(root, '.git/hooks/post-merge'), '#!/bin/sh\ntouch hook.ignored\nexit 1\n', {
      mode: 0o755,
    })
    expect(await land()).toMatchObject({ type: 'landed' })
    expect(existsSync(join(root, 'hook.ignored'))).toBe(true)
    expect(git('rev-parse', 'main')).toBe(tip)
  })

  it('signs a merge as the user does, and is refused where that fails', async () => {
    const made = scene({ 'a.txt': 'a\n' })
    const user = commitOnMain(made, 'b.txt', 'b\n')
    made.git('config', 'commit.gpgSign', 'true')
    made.git('config', 'gpg.program', '/bin/false')
    expect(await made.land()).toMatchObject({ type: 'refused', plan: { refusals: [{ code: 'not-signed' }] } })
    expect(made.git('rev-parse', 'main')).toBe(user)
    expect(await made.land({ dryRun: true })).toMatchObject({ type: 'planned' })
  })
})

describe('landing is refused', () => {
  it.each<[string, (made: ReturnType<typeof scene>) => void, string, Partial<LandOptions>?]>([
    ['with a detached HEAD', ({ git }) => void git('checkout', '--quiet', '--detach'), 'detached'],
    ['on another branch', ({ git }) => void git('checkout', '--quiet', '-b', 'other'), 'other-branch'],
    ['in a branch that is not checked out', () => {}, 'other-branch', { into: 'other' }],
    ['in no branch, where none was recorded', () => {}, 'other-branch', { recorded: null }],
    ['while git is running', ({ root }) => writeFileSync(join(root, '.git/index.lock'), ''), 'locked'],
    [
      'during a bisect',
      ({ git }) => {
        git('bisect', 'start')
      },
      'under-way',
    ],
    ['without the branch', ({ git }) => void git('branch', '-D', source), 'branch-gone'],
  ])('%s', async (_, act, code, more) => {
    const made = scene({ 'a.txt': 'a\n' })
    act(made)
    const result = await made.land(more)
    expect(result).toMatchObject({ type: 'refused', plan: { refusals: [{ code }] } })
    expect(made.git('rev-parse', 'main')).toBe(made.base)
    expect(made.read('a.txt')).toBe(undefined)
  })

  it('during a merge of the user', async () => {
    const made = scene({ 'a.txt': 'a\n' })
    made.git('checkout', '--quiet', '-b', 'side')
    commitOnMain(made, 'c.txt', 'c\n')
    made.git('checkout', '--quiet', 'main')
    made.git('merge', '--quiet', '--no-ff', '--no-commit', 'side')
    const { plan } = await made.land()
    expect(plan.refusals).toMatchObject([
      { code: 'under-way', message: `A merge is under way in ${made.root}.` },
    ])
  })

  it('with the names of uncommitted, new and ignored files in the way, which are kept', async () => {
    const made = scene(
      {
        'README.md': 'theirs\n',
        'new.txt': 'theirs\n',
        'x.ignored': 'theirs\n',
        'gone.txt': null,
        'deep/f/g.txt': 'g\n',
      },
      { '.gitignore': '*.log\n', 'gone.txt': 'gone\n' },
    )
    writeFileSync(join(made.root, '.git/info/exclude'), '*.ignored\n')
    for (const path of ['README.md', 'new.txt', 'x.ignored', 'gone.txt', 'deep/f'])
      writeIn(made.root, path, 'mine\n')
    const { type, plan } = await made.land()
    expect(type).toBe('refused')
    expect(plan.refusals.map(({ code, files }) => ({ code, files }))).toEqual([
      { code: 'uncommitted', files: ['README.md', 'gone.txt'] },
      { code: 'in-the-way', files: ['deep/f', 'new.txt', 'x.ignored'] },
    ])
    for (const path of ['README.md', 'new.txt', 'x.ignored', 'gone.txt', 'deep/f'])
      expect(made.read(path)).toBe('mine\n')
    for (const path of ['new.txt', 'x.ignored', 'deep/f']) rmSync(join(made.root, path))
    made.git('checkout', '--', '.')
    expect(await made.land()).toMatchObject({ type: 'landed' })
  })

  it('with the files and kinds of a conflict with the branch of the user', async () => {
    const made = scene({ 'README.md': 'theirs\n' })
    const user = commitOnMain(made, 'README.md', 'mine\n')
    const { type, plan } = await made.land()
    expect(type).toBe('refused')
    expect(plan.conflicts).toEqual([{ path: 'README.md', kind: 'contents', with: ['01.01.01'] }])
    expect(plan.refusals).toMatchObject([
      { code: 'land-conflict', message: 'workstream/001-x has conflicts with main: README.md (contents).' },
    ])
    expect(made.git('rev-parse', 'HEAD')).toBe(user)
    expect(made.git('status', '--porcelain')).toBe('')
  })
})

describe('a landing that was killed', () => {
  const change = {
    'a.txt': 'new a\n',
    'b.txt': 'new b\n',
    'dir/new.txt': 'new\n',
    'z.txt': 'z\n',
    'gone.txt': null,
  }
  const start = { 'a.txt': 'a\n', 'b.txt': 'b\n', 'gone.txt': 'gone\n', 'staged.txt': 'before\n' }

  it('is completed with its plan: what may be work of the user is copied first', async () => {
    const made = scene(change, start)
    writeIn(made.root, 'staged.txt', 'staged\n')
    made.git('add', 'staged.txt')
    const begun = await interrupted(made)
    expect(await made.land()).toMatchObject({ type: 'refused' })
    const result = await made.land({}, { begun })
    expect(result).toMatchObject({
      type: 'landed',
      rescued: ['work/.run/rescued/2026-01-02T03-04-05.678Z/b.txt'],
    })
    expect(made.read(result.rescued[0] ?? '')).toBe('new')
    expect(made.git('rev-parse', 'main')).toBe(made.tip)
    expect(made.git('diff', '--name-only', 'HEAD')).toBe('staged.txt')
    expect(made.git('diff', '--cached', '--name-only', 'HEAD')).toBe('staged.txt')
    expect(made.read('gone.txt')).toBe(undefined)
    expect(existsSync(join(made.root, '.git/index.lock'))).toBe(false)
  })

  it('is completed if only the branch was not moved yet', async () => {
    const made = scene(change, start)
    const { plan: begun } = await made.land({ dryRun: true })
    made.git('read-tree', '-m', '-u', 'HEAD', made.tip)
    const result = await made.land({}, { begun })
    expect(result).toMatchObject({ type: 'landed', rescued: [] })
    expect(made.git('status', '--porcelain')).toBe('')
  })

  it('is left alone if it never began: the changes of the user since then are kept', async () => {
    const made = scene(change, start)
    const { plan: begun } = await made.land({ dryRun: true })
    writeIn(made.root, 'a.txt', 'mine\n')
    expect(await made.land({}, { begun })).toMatchObject({ type: 'refused', rescued: [] })
    expect(made.read('a.txt')).toBe('mine\n')
  })

  it('at a real kill loses nothing', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 400 }, (_, at) => [`many/${at}.txt`, `${at}\n`.repeat(2000)]),
    )
    const made = scene(files)
    // A hook of git itself can't be used: a filter that never ends stops the merge in the middle of the files.
    writeFileSync(join(made.root, '.git/info/attributes'), 'many/200.txt filter=stop\n')
    made.git('config', 'filter.stop.smudge', 'kill -9 $PPID; cat')
    const { plan: begun } = await made.land({ dryRun: true })
    expect(await made.land()).toMatchObject({ type: 'failed' })
    expect(made.git('rev-parse', 'main')).toBe(made.base)
    expect(existsSync(join(made.root, '.git/index.lock'))).toBe(true)
    rmSync(join(made.root, '.git/info/attributes'))
    const long = new Date(Date.now() - 2 * refLockPatience)
    utimesSync(join(made.root, '.git/index.lock'), long, long)
    expect(await made.land({}, { begun })).toMatchObject({ type: 'landed' })
    expect(made.git('rev-parse', 'main')).toBe(made.tip)
    expect(made.git('status', '--porcelain')).toBe('')
    expect(
      execFileSync('git', ['fsck', '--no-dangling'], { cwd: made.root, env: made.env, stdio: 'pipe' }),
    ).toHaveLength(0)
  })
})

/** Stops a landing in the middle of its files, as kill does: a lock file, some files new, one half written. */
async function interrupted(made: ReturnType<typeof scene>): Promise<LandPlan> {
  const { plan } = await made.land({ dryRun: true })
  writeIn(made.root, 'a.txt', 'new a\n')
  writeIn(made.root, 'dir/new.txt', 'new\n')
  writeIn(made.root, 'b.txt', 'new')
  rmSync(join(made.root, 'gone.txt'))
  for (const name of ['index.lock', 'HEAD.lock']) {
    const lock = join(made.root, '.git', name)
    writeFileSync(lock, '')
    const long = new Date(Date.now() - 2 * refLockPatience)
    utimesSync(lock, long, long)
  }
  return plan
}
