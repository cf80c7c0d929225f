import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
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
