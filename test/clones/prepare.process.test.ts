import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { readMark } from '../../src/clones/mark.ts'
import { saveClone } from '../../src/clones/save.ts'
import { requireClone } from '../../src/clones/soundness.ts'
import { thrownBy } from '../builders/workspace.ts'
import { at, cloneSettings, makeMainTree, textIn, type MainTree } from '../helpers/main-tree.ts'

let main: MainTree
let folder: string

beforeEach(() => {
  main = makeMainTree()
  folder = main.site().folder
})

const inClone = (...args: string[]) => main.gitAt(folder, ...args)
const put = (path: string, text: string) => writeFileSync(join(folder, path), text)
const settings = (more: Partial<typeof cloneSettings>) => ({ settings: { ...cloneSettings, ...more } })

describe('a new clone', () => {
  test('has the files and the branch of the thread, and the main repository has nothing of it', async () => {
    const base = await main.begin()
    const refs = main.git('for-each-ref')
    expect(await main.prepare()).toEqual({ base, start: base, tip: base, was: 'new', notes: [] })
    expect(inClone('status', '--porcelain', '--branch')).toBe('## workthread/001-x/01.01.01')
    expect(textIn(folder, 'a.txt')).toBe('a\n')
    expect(textIn(folder, 'work/tasks.json')).toBe('{}\n')
    expect(main.git('for-each-ref')).toBe(refs)
    expect(main.git('status', '--porcelain')).toBe('')
    expect(() => requireClone(main.site())).not.toThrow()
  })

  test('begins at the tip of the workstream, not at HEAD of the main tree', async () => {
    const base = await main.begin()
    main.commit({ 'later.txt': 'later\n' })
    expect(await main.prepare()).toMatchObject({ base, start: base })
    expect(existsSync(join(folder, 'later.txt'))).toBe(false)
  })

  test('has the settings of the main repository, and may not push', async () => {
    main.git('config', 'alias.st', 'status -s "quoted \\ path"')
    main.git('config', 'core.worktree', main.root)
    main.git('remote', 'add', 'origin', '../upstream.git')
    main.git('remote', 'add', 'other', 'https://example.invalid/x.git')
    main.git('config', 'branch.main.remote', 'origin')
    main.write('.git/info/exclude', 'private\n')
    main.git('update-ref', 'refs/remotes/origin/main', 'HEAD')
    main.git('tag', 'v1')
    await main.begin()
    await main.prepare()
    expect(inClone('config', 'user.name')).toBe('Ada')
    expect(inClone('config', 'alias.st')).toBe('status -s "quoted \\ path"')
    expect(inClone('rev-parse', '--show-toplevel')).toBe(folder)
    expect(inClone('remote', 'get-url', 'origin')).toBe(join(main.root, '..', 'upstream.git'))
    expect(inClone('remote', 'get-url', 'other')).toBe('https://example.invalid/x.git')
    expect(() => inClone('push', 'origin', 'HEAD')).toThrow(/no push from the clone of a thread/)
    expect(inClone('check-ignore', 'private')).toBe('private')
    expect(inClone('rev-parse', 'origin/main', 'v1').split('\n')).toHaveLength(2)
    expect(inClone('for-each-ref', 'refs/remotes/work-main')).toBe('')
  })

  test('pushes where agents.yaml allows it', async () => {
    execFileSync('git', ['init', '-q', '--bare', join(main.root, '..', 'upstream.git')], { env: main.env })
    main.git('remote', 'add', 'origin', '../upstream.git')
    await main.begin()
    await main.prepare(settings({ push: true }))
    expect(() => inClone('push', '-q', 'origin', 'HEAD:refs/heads/x')).not.toThrow()
  })

  test('gets ignored files that a pattern names, and no others', async () => {
    main.write('.env', 'A=1\n', 0o600)
    main.write('.env.local', 'B=2\n')
    main.write('some.log', 'log\n')
    main.write('build/.env', 'in an ignored folder\n')
    main.write('work/.env', 'in work\n')
    main.write('untracked.txt', 'not ignored\n')
    main.write('.worktreeinclude', '*.local\n')
    await main.begin()
    await main.prepare(settings({ copy: ['.env', 'build/', 'untracked.txt'] }))
    expect(textIn(folder, '.env')).toBe('A=1\n')
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600)
    expect(textIn(folder, '.env.local')).toBe('B=2\n')
    for (const path of ['some.log', 'build', 'work/.env', 'untracked.txt'])
      expect(existsSync(join(folder, path)), path).toBe(false)
  })

  test('gets links to ignored folders of the main tree', async () => {
    main.write('modules/x.js', 'x\n')
    await main.begin()
    await main.prepare(settings({ link: ['modules'] }))
    expect(readlinkSync(join(folder, 'modules'))).toBe(join(main.root, 'modules'))
    expect(inClone('status', '--porcelain')).toBe('')
  })

  test('is refused for a link that git would commit', async () => {
    main.write('build/x.js', 'x\n')
    await main.begin()
    const error = await thrownBy(() => main.prepare(settings({ link: ['build'] })))
    expect(error).toMatchObject({
      code: 'clone-setup',
      message: expect.stringContaining('not ignored by git as a link'),
    })
    expect(existsSync(join(folder, 'build'))).toBe(false)
  })

  test('is set up by commands that know the clone and the main repository', async () => {
    await main.begin()
    const script =
      'echo "$WORK_TREE $WORK_ROOT $PWD $GIT_DIR"; git rev-parse --show-toplevel; echo out > s.log'
    const env = { ...main.env, GIT_DIR: '/nowhere' }
    await main.prepare({ env, ...settings({ setup: [['sh', '-c', script]] }) })
    expect(readFileSync(main.order().log, 'utf8')).toContain(`${folder} ${main.root} ${folder} \n${folder}\n`)
    expect(readMark(folder)?.ignored).toEqual([expect.stringMatching(/^4 \d+ s\.log$/)])
  })

  test('is not prepared when a setup command fails, and is completed by the next attempt', async () => {
    await main.begin()
    const setup = [['sh', '-c', 'echo the reason; test -e .env']]
    const error = await thrownBy(() => main.prepare(settings({ setup })))
    expect(error).toMatchObject({
      code: 'clone-setup',
      message: expect.stringMatching(/exit code 1 in .*\n.*\nthe reason$/),
    })
    expect(await thrownBy(() => requireClone(main.site()))).toMatchObject({ code: 'clone-gone' })
    put('.env', '')
    expect(await main.prepare(settings({ setup }))).toMatchObject({ was: 'kept' })
    expect(readMark(folder)?.prepared).toBe(true)
  })

  test('stops with the reason of an abort, and can be prepared again', async () => {
    await main.begin()
    const stop = new AbortController()
    const prepared = main.prepare(
      settings({ setup: [['sh', '-c', 'echo up > up.log; sleep 600']] }),
      stop.signal,
    )
    const { untilFile } = await import('../helpers/processes.ts')
    await untilFile(join(folder, 'up.log'))
    stop.abort(new Error('stopped'))
    await expect(prepared).rejects.toThrow('stopped')
    expect(await main.prepare()).toMatchObject({ was: 'kept' })
  })

  test('needs git-lfs only where the files need it', async () => {
    main.commit({ '.gitattributes': '*.bin filter=lfs\n' })
    await main.begin()
    main.git('config', 'filter.lfs.required', 'true')
    const error = await thrownBy(() => main.prepare())
    expect(error).toMatchObject({ code: 'clone-setup', message: expect.stringContaining('git-lfs') })
  })

  test('has the submodules that the main tree has, from there', async () => {
    const lib = join(main.root, '..', 'lib')
    mkdirSync(lib)
    main.gitAt(lib, 'init', '-q')
    main.gitAt(lib, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'Lib')
    main.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', lib, 'sub')
    main.commit({})
    rmSync(lib, { recursive: true })
    await main.begin()
    await main.prepare()
    expect(inClone('submodule', 'status')).toMatch(/^\w+ sub/)
    expect(inClone('status', '--porcelain')).toBe('')
    expect(main.gitAt(join(folder, 'sub'), 'remote', 'get-url', 'origin')).toBe(lib)
  })

  test.each(['--depth=1', '--filter=blob:none'])(
    'is whole when the main repository was cloned with %s',
    async (how) => {
      main.commit({ 'b.txt': 'b\n' })
      main.git('config', 'uploadpack.allowFilter', 'true')
      const other = makeMainTree()
      rmSync(other.root, { recursive: true })
      const url = `file://${main.root}`
      execFileSync('git', ['clone', '-q', how, url, other.root], { env: main.env })
      other.git('config', 'user.name', 'Ada')
      other.git('config', 'user.email', 'ada@example.com')
      await other.begin()
      await other.prepare()
      const { folder: clone } = other.site()
      expect(other.gitAt(clone, 'status', '--porcelain')).toBe('')
      writeFileSync(join(clone, 'c.txt'), 'c\n')
      const saved = await saveClone(other.site(), { attempt: 1, at, env: other.env })
      expect(other.git('show', `${saved?.saved}:c.txt`)).toBe('c')
    },
  )
})

describe('a clone that is there', () => {
  beforeEach(async () => {
    await main.begin()
    await main.prepare()
    put('a.txt', 'changed\n')
    put('new.txt', 'new\n')
    put('work/tasks.json', '{"mine":1}\n')
    put('made.log', 'ignored\n')
  })

  test('is not touched for the same token', async () => {
    const mark = textIn(folder, '.git/work.json')
    expect(await main.prepare()).toMatchObject({ was: 'kept' })
    expect(inClone('status', '--porcelain').split('\n')).toHaveLength(3)
    expect(textIn(folder, '.git/work.json')).toBe(mark)
  })

  test('stays as it is for a resumed session', async () => {
    const start = inClone('rev-parse', 'HEAD')
    expect(await main.prepare({ token: 'token-2', attempt: 2, from: 'resume' })).toMatchObject({
      start,
      was: 'kept',
    })
    expect(inClone('status', '--porcelain').split('\n')).toHaveLength(3)
    expect(readMark(folder)).toMatchObject({ token: 'token-2', attempt: 2, prepared: true })
  })

  test('continues with a commit of the rest, without work/, and with what was merged since', async () => {
    main.git('checkout', '-q', 'workstream/001-x')
    const tip = main.commit({ 'b.txt': 'b\n' })
    main.git('checkout', '-q', 'main')
    expect(await main.prepare({ token: 'token-2', attempt: 2 })).toMatchObject({ tip, notes: [] })
    expect(textIn(folder, 'b.txt')).toBe('b\n')
    expect(inClone('log', '--format=%s', '--first-parent', '-2')).toBe(
      'Merge workstream/001-x into thread 001-x/01.01.01\nUnfinished work of attempt 1',
    )
    expect(inClone('log', '-1', '--format=%(trailers:key=Work-Thread,valueonly)', 'HEAD^')).toBe(
      '001-x/01.01.01',
    )
    expect(inClone('diff', '--name-only', 'HEAD^2', 'HEAD')).toBe('a.txt\nnew.txt')
    expect(inClone('status', '--porcelain')).toBe('M work/tasks.json')
  })

  test('is set up again only if its files have changed', async () => {
    const setup = [['sh', '-c', 'echo run >> runs.log']]
    await main.prepare({ token: 'token-2', attempt: 2, ...settings({ setup }) })
    expect(textIn(folder, 'runs.log')).toBe('run\n')
    await main.prepare({ token: 'token-3', attempt: 3, ...settings({ setup }) })
    expect(textIn(folder, 'runs.log')).toBe('run\n')
  })

  test('keeps its own side of a conflict with what was merged since', async () => {
    main.git('checkout', '-q', 'workstream/001-x')
    main.commit({ 'a.txt': 'theirs\n' })
    main.git('checkout', '-q', 'main')
    const { notes } = await main.prepare({ token: 'token-2', attempt: 2 })
    expect(notes).toEqual([expect.stringContaining('could not be merged into the clone without conflicts')])
    expect(textIn(folder, 'a.txt')).toBe('changed\n')
    expect(inClone('status', '--porcelain')).toBe('M work/tasks.json')
  })

  test('keeps a merge with conflicts that is under way', async () => {
    inClone('commit', '-qam', 'Mine')
    inClone('checkout', '-q', '-b', 'other', 'HEAD^')
    put('a.txt', 'other\n')
    inClone('commit', '-qam', 'Other')
    expect(() => inClone('merge', '-q', 'workthread/001-x/01.01.01')).toThrow(/Command failed/)
    const before = inClone('status', '--porcelain')
    const { notes } = await main.prepare({ token: 'token-2', attempt: 2 })
    expect(notes).toEqual(['1 file has unresolved conflicts, so the clone was left as it is.'])
    expect(inClone('status', '--porcelain')).toBe(before)
  })

  test('starts over from the newest tip, and all that was there is kept', async () => {
    inClone('commit', '-qam', 'Mine')
    const old = inClone('rev-parse', 'HEAD')
    main.git('checkout', '-q', 'workstream/001-x')
    const tip = main.commit({ 'b.txt': 'b\n' })
    main.git('checkout', '-q', 'main')
    expect(await main.prepare({ token: 'token-2', attempt: 2, from: 'over' })).toMatchObject({
      base: tip,
      start: tip,
    })
    expect(inClone('status', '--porcelain', '--branch')).toBe('## workthread/001-x/01.01.01')
    expect(textIn(folder, 'made.log')).toBe('ignored\n')
    expect(main.git('rev-parse', 'refs/work/001-x/01.01.01/2-before')).toBe(old)
    expect(main.git('show', 'refs/work/001-x/01.01.01/2-left:new.txt')).toBe('new')
  })

  test('is made again with all files when its folder is gone', async () => {
    inClone('commit', '-qam', 'Mine')
    rmSync(join(folder, '.gitignore'))
    rmSync(join(folder, 'made.log'))
    const before = inClone('status', '--porcelain')
    const head = inClone('rev-parse', 'HEAD')
    await saveClone(main.site(), { attempt: 1, at, env: main.env })
    rmSync(folder, { recursive: true })
    const setup = [['sh', '-c', 'echo run >> runs.log']]
    const prepared = await main.prepare({
      token: 'token-2',
      attempt: 2,
      from: 'resume',
      ...settings({ setup }),
    })
    expect(prepared).toMatchObject({ was: 'again', start: head })
    expect(inClone('status', '--porcelain')).toBe(`${before}\n?? runs.log`)
    expect(textIn(folder, 'runs.log')).toBe('run\n')
  })

  test.each([
    ['is gone', () => rmSync(join(folder, '.git'), { recursive: true })],
    ['has lost its HEAD', () => rmSync(join(folder, '.git', 'HEAD'))],
    ['has a broken configuration', () => writeFileSync(join(folder, '.git', 'config'), '[core')],
    ['works on another folder', () => inClone('config', 'core.worktree', main.root)],
  ])('keeps every file when its .git %s', async (_, damage) => {
    inClone('commit', '-qam', 'Mine')
    put('a.txt', 'changed again\n')
    const before = inClone('status', '--porcelain')
    const head = inClone('rev-parse', 'HEAD')
    await saveClone(main.site(), { attempt: 1, at, env: main.env })
    damage()
    expect(await thrownBy(() => requireClone(main.site()))).toMatchObject({ code: 'clone-gone' })
    const prepared = await main.prepare({ token: 'token-2', attempt: 2, from: 'resume' })
    expect(prepared).toMatchObject({ was: 'repaired', start: head })
    expect(inClone('status', '--porcelain')).toBe(before)
    expect(textIn(folder, 'made.log')).toBe('ignored\n')
    expect(main.git('status', '--porcelain')).toBe('')
  })
})

test('a folder of somebody else in the place of a clone is refused and kept', async () => {
  await main.begin()
  mkdirSync(folder, { recursive: true })
  main.gitAt(folder, 'init', '-q')
  put('mine.txt', 'mine\n')
  expect(await thrownBy(() => main.prepare())).toMatchObject({ code: 'clone-setup' })
  expect(textIn(folder, 'mine.txt')).toBe('mine\n')
  expect(lstatSync(join(folder, '.git')).isDirectory()).toBe(true)
})

test('a branch of the workstream that is gone is named', async () => {
  expect(await thrownBy(() => main.prepare())).toMatchObject({
    code: 'clone-setup',
    message: 'The branch workstream/001-x is gone: threads of this workstream start from it.',
  })
})
