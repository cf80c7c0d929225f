import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { prepareClone } from '../../src/clones/prepare.ts'
import { clonesFolder, streamBranch, threadNames } from '../../src/clones/site.ts'
import { ensureStreamBranch } from '../../src/clones/stream-branch.ts'
import { task } from '../builders/records.ts'
import { makeWorkspace, type TestWorkspace } from '../helpers/cli.ts'
import { at, cloneSettings } from '../helpers/main-tree.ts'

let main: TestWorkspace
let clone: string

/** A clone of a thread, whose own tasks.json is older than that of the main tree. */
beforeEach(async () => {
  main = makeWorkspace([task({ id: '01.01.01.01', thread_name: 'Old name' })])
  const env = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  const git = (...args: string[]) => execFileSync('git', args, { cwd: main.root, env, stdio: 'pipe' })
  git('config', 'user.name', 'Ada')
  git('config', 'user.email', 'ada@example.com')
  git('add', '-A')
  git('commit', '-q', '-m', 'Start')
  const into = streamBranch('001-demo')
  await ensureStreamBranch(main.root, into, env)
  const { name, branch } = threadNames('001-demo', '01.01.01')
  clone = join(clonesFolder(main.paths), name)
  await prepareClone(
    { root: main.root, folder: clone, branch, into },
    {
      stream: '001-demo',
      thread: '01.01.01',
      attempt: 1,
      token: 'token-1',
      from: 'go-on',
      settings: cloneSettings,
      env,
      log: join(main.root, 'work/001-demo/logs/setup.log'),
      at,
    },
    new AbortController().signal,
  )
  mkdirSync(join(clone, 'deep/er'), { recursive: true })
  main.write(
    'work/001-demo/tasks.json',
    main.read('work/001-demo/tasks.json').replace('Old name', 'New name'),
  )
})

const places = [
  ['at its top', ''],
  ['deep in it', 'deep/er'],
  ['in its work/', 'work/001-demo'],
] as const

test.each(places)('status and update run %s read and write the files of the main tree', async (_, below) => {
  const ownTasks = join('work/.trees/001-01.01.01/work/001-demo/tasks.json')
  const before = main.read(ownTasks)
  for (const env of [{}, { WORK_ROOT: main.root }, { WORK_ROOT: clone }]) {
    const cwd = join(clone, below)
    const status = await main.run(['status', '--json'], { cwd, env })
    expect(status.stdout).toContain('New name')
    const args = ['update', '--task', '01.01.01.01', '--status', 'in_progress', '--report', `from ${cwd}`]
    const update = await main.run(args, { cwd, env })
    expect(update).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.stringify(main.readTasks())).toContain(`from ${cwd}`)
  }
  expect(main.read(ownTasks)).toBe(before)
})

test('a repository that was moved is found from its clones', async () => {
  const moved = `${main.root}-moved`
  renameSync(main.root, moved)
  mkdirSync(main.root)
  const cwd = join(moved, 'work/.trees/001-01.01.01/deep')
  const { stdout } = await main.run(['status', '--json'], { cwd })
  expect(stdout).toContain('New name')
})

test('a clone that was moved elsewhere finds the repository that it was made of, or says that it is gone', async () => {
  const elsewhere = join(main.home, '..', 'elsewhere')
  renameSync(clone, elsewhere)
  expect((await main.run(['status', '--json'], { cwd: elsewhere })).stdout).toContain('New name')
  rmSync(join(main.root, '.git'), { recursive: true })
  const { code, stderr } = await main.run(['status'], { cwd: elsewhere })
  expect(code).toBe(2)
  expect(stderr).toContain(`is the clone of a thread, and its main repository ${main.root} is not there`)
})
