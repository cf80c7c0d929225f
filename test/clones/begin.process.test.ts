import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { saveClone } from '../../src/clones/save.ts'
import { ensureStreamBranch, requireIsolation } from '../../src/clones/stream-branch.ts'
import { thrownBy } from '../builders/workspace.ts'
import { at, makeMainTree } from '../helpers/main-tree.ts'

describe("the user's hooks", () => {
  const failing = '#!/bin/sh\necho "hook says no" >&2\nexit 1\n'

  test.each([
    ['in .git/hooks', '.git/hooks', []],
    ['at a configured path outside of git', 'my-hooks.log', ['my-hooks.log']],
    ['in a tracked folder', 'hooks', ['hooks']],
  ])('%s are met by agents, and not by work', async (_, place, path) => {
    const main = makeMainTree()
    main.write(`${place}/pre-commit`, failing, 0o755)
    main.write(`${place}/post-checkout`, failing, 0o755)
    main.git('add', '-A')
    main.git('commit', '-q', '--no-verify', '--allow-empty', '-m', 'Hooks')
    for (const value of path) main.git('config', 'core.hooksPath', value)
    await main.begin()
    await main.prepare()
    const { folder } = main.site()
    writeFileSync(join(folder, 'a.txt'), 'changed\n')
    expect(() => main.gitAt(folder, 'commit', '-qam', 'Mine')).toThrow(/hook says no/)
    expect(await saveClone(main.site(), { attempt: 1, at, env: main.env })).toBeDefined()
    expect(await main.prepare({ token: 'token-2', attempt: 2 })).toMatchObject({ notes: [] })
    expect(main.gitAt(folder, 'log', '-1', '--format=%s')).toBe('Unfinished work of attempt 1')
  })

  test('need no setting where all repositories share them', async () => {
    const main = makeMainTree()
    main.git('config', '--global', 'core.hooksPath', '/shared/hooks')
    main.write('.git/hooks/pre-commit', failing, 0o755)
    await main.begin()
    await main.prepare()
    expect(main.gitAt(main.site().folder, 'config', 'core.hooksPath')).toBe('/shared/hooks')
  })
})

describe('isolation', () => {
  test('is refused in a repository without commits', async () => {
    const main = makeMainTree()
    rmSync(join(main.root, '.git'), { recursive: true })
    main.git('init', '-q')
    const error = await thrownBy(() => requireIsolation(main.root, main.env))
    expect(error).toMatchObject({ code: 'no-commit', hint: 'git commit --allow-empty -m start' })
  })

  test('is refused in a bare repository', async () => {
    const main = makeMainTree()
    main.git('config', 'core.bare', 'true')
    expect(await thrownBy(() => requireIsolation(main.root, main.env))).toMatchObject({
      code: 'bare-repository',
    })
  })

  test('is refused for a git that is too old', async () => {
    const main = makeMainTree()
    main.write('bin/git', '#!/bin/sh\necho git version 2.37.7\n', 0o755)
    const env = { ...main.env, PATH: `${main.root}/bin:${main.env['PATH']}` }
    expect(await thrownBy(() => requireIsolation(main.root, env))).toMatchObject({
      code: 'git-too-old',
      message: 'Isolated threads need git 2.38 or later; this is git 2.37.7.',
    })
  })

  test('works with a detached HEAD', async () => {
    const main = makeMainTree()
    main.git('checkout', '-q', '--detach')
    await requireIsolation(main.root, main.env)
    const base = await main.begin()
    expect(await main.prepare()).toMatchObject({ base, was: 'new' })
  })
})

describe('the branch of a workstream', () => {
  const into = 'workstream/001-x'

  test('is created once by several at once, and stays when it has moved on', async () => {
    const main = makeMainTree()
    const base = main.git('rev-parse', 'HEAD')
    expect(new Set(await Promise.all([main.begin(), main.begin(), main.begin()]))).toEqual(new Set([base]))
    main.git('checkout', '-q', into)
    const tip = main.commit({ 'b.txt': 'b\n' })
    expect(await ensureStreamBranch(main.root, into, main.env, { base })).toBe(base)
    expect(main.git('rev-parse', into)).toBe(tip)
  })

  test('is not that of somebody else', async () => {
    const main = makeMainTree()
    main.git('branch', into)
    main.commit({ 'b.txt': 'b\n' })
    expect(await thrownBy(() => main.begin())).toMatchObject({ code: 'branch-taken' })
    main.git('branch', '-D', '-q', into)
    main.git('branch', 'workstream')
    expect(await thrownBy(() => main.begin())).toMatchObject({
      code: 'branch-taken',
      message: expect.stringContaining("can't be created"),
    })
  })

  test('is made again at its base only while nothing was merged', async () => {
    const main = makeMainTree()
    const base = await main.begin()
    main.git('branch', '-D', '-q', into)
    main.commit({ 'b.txt': 'b\n' })
    await ensureStreamBranch(main.root, into, main.env, { base })
    expect(main.git('rev-parse', into)).toBe(base)
    main.git('branch', '-D', '-q', into)
    // In the order of the plan, which need not be that of the merges.
    const merged = ['HEAD', 'HEAD~1'].map((name) => main.git('rev-parse', name))
    expect(
      await thrownBy(() => ensureStreamBranch(main.root, into, main.env, { base, merged })),
    ).toMatchObject({
      code: 'branch-gone',
      hint: expect.stringContaining(`git branch ${into} ${merged[0]}`),
    })
  })
})
