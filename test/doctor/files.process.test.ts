import { execFileSync, spawnSync } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ownThreads } from '../../src/threads/leases.ts'
import { withLock } from '../../src/store/lock.ts'
import { formatMoment } from '../../src/text/dates.ts'
import { tasksFile } from '../builders/records.ts'
import { bin, disk, look, workspace } from './checkup.ts'

function replaceByFolder(path: string): void {
  workspace.remove(path)
  workspace.write(`${path}/file`, '')
}

/** Runs `work doctor` as a user who is not root: another one where the tests run as root. Gives what it says of work/.run. */
function asAnotherUser(root: string): { isRoot: boolean; run: () => unknown } {
  const isRoot = process.getuid?.() === 0
  // The folders above are this user's alone.
  if (isRoot) chmodSync(dirname(root), 0o755)
  const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
  const launcher = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : ['env']
  const [file, ...args] = [...launcher, process.execPath, main, 'doctor', '--json', '--repo-root', root]
  return {
    isRoot,
    run: () => {
      const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: workspace.home }
      const { stdout, stderr } = spawnSync(file, args, { env, encoding: 'utf8' })
      expect(stderr).toBe('')
      const { checks }: { checks: { name: string; state: string; text: string; hint: string }[] } =
        JSON.parse(stdout)
      return checks.find(({ name }) => name === 'work/.run')
    },
  }
}

describe('the disk', () => {
  test.each([
    [0x6969, /^problem: work\/ is on NFS: locks and renames are not reliable there → Keep .* local disk/],
    [0xff534d42, /^problem: work\/ is on SMB/],
    [0x01021997, /^problem: work\/ is on 9p/],
    [0x65735546, /^warning: work\/ is on FUSE/],
    [0x01021994, /^warning: work\/ is on tmpfs/],
    [0xef53, /^ok: local$/],
  ])('of the kind %d is judged', async (type, expected) => {
    const found = await look({ readDisk: () => ({ ...disk, type }) })
    expect(found.get('file system')).toMatch(expected)
  })

  test.each([
    [5_000_000, /^problem: 4 MB free → Free some space/],
    [200_000_000, /^warning: 190 MB free/],
    [3_000_000_000, /^ok: 2\.8 GB free$/],
  ])('with %d bytes free is judged', async (free, expected) => {
    expect((await look({ readDisk: () => ({ ...disk, free }) })).get('disk')).toMatch(expected)
  })

  test('that may not be written is a problem', async () => {
    const found = await look({ readDisk: () => ({ ...disk, refused: 'EROFS' }) })
    expect(found.get('rights')).toMatch(/^problem: work\/ is not writable \(EROFS\) → ls -ld work/)
  })

  test('shows what killed writers left, and not what is being written', async () => {
    const gone = '4194305'
    workspace.write(`work/001-demo/.tasks.json.next-${gone}-1`, '')
    workspace.write(`work/001-demo/logs/01.01.01/1.start.json.${gone}.tmp`, '')
    workspace.write(`work/.run/bin/work.${gone}`, '')
    workspace.write(`work/.index.json.next-${process.pid}-1`, '')
    const text = (await look()).get('leftovers')
    expect(text).toMatch(/^warning: killed processes left .* → They are safe to delete: rm work\//)
    expect(text).toContain(`work/001-demo/.tasks.json.next-${gone}-1`)
    expect(text).toContain(`work/001-demo/logs/01.01.01/1.start.json.${gone}.tmp`)
    expect(text).toContain(`work/.run/bin/work.${gone}`)
    expect(text).not.toContain('.index.json')
  })
})

describe('git', () => {
  test('that keeps tasks.json is well', async () => {
    addToGit('work/001-demo/tasks.json')
    expect((await look()).get('in git')).toBe('ok: 1 of 1 tasks.json added, none ignored')
  })

  test('that ignores tasks.json is warned of', async () => {
    workspace.write('.gitignore', 'work/\n')
    expect((await look()).get('in git')).toMatch(
      /^warning: git ignores work\/001-demo\/tasks\.json: .* → git check-ignore -v work\/001-demo\/tasks\.json/,
    )
  })

  test('that keeps work/.run is warned of', async () => {
    workspace.write('work/.run/locks/index', '')
    addToGit('--force', 'work/.run')
    expect((await look()).get('in git')).toMatch(
      /^warning: work\/\.run\/locks\/index is specific to this machine → git rm/,
    )
  })

  test('that has no repository there is warned of', async () => {
    rmSync(join(workspace.root, '.git'), { recursive: true })
    expect((await look()).get('in git')).toMatch(/^warning: not a git repository.* → git init$/)
  })

  test('that git does not take is warned of in its words', async () => {
    rmSync(join(workspace.root, '.git', 'HEAD'))
    expect((await look()).get('in git')).toMatch(
      /^warning: git does not work here: not a git repository.* → git status/,
    )
  })
})

test('a .gitignore in work/ that lacks lines is warned of, with a command that adds them', async () => {
  workspace.write('work/.gitignore', '*.pyc\n.run\n')
  expect((await look()).get('in git')).toMatch(
    /^warning: work\/\.gitignore lacks logs\/: .* → printf '\\n%s' logs\/ >> work\/\.gitignore/,
  )
  workspace.write('.gitignore', '**/logs/\n')
  expect((await look()).get('in git')).not.toContain('lacks')
})

/** Obstacles to a check, for any user: each is one line, and everything else is checked. */
test.each<[string, string, () => void]>([
  ['server', 'opencode.json is a folder', () => workspace.write('work/.run/opencode.json/file', '')],
  ['locks', 'locks is a file', () => workspace.write('work/.run/locks', '')],
  ['index.json', 'index.json is a folder', () => replaceByFolder('work/index.json')],
  ['stream 001-demo', 'tasks.json is a folder', () => replaceByFolder('work/001-demo/tasks.json')],
  [
    'stream 001-demo',
    'tasks.json is nested too deep',
    () => workspace.write('work/001-demo/tasks.json', '['.repeat(8000)),
  ],
  ['agents.yaml', 'agents.yaml is a folder', () => replaceByFolder('work/agents.yaml')],
])('a problem with %s, as %s, is one line, and the rest is checked', async (name, _, damage) => {
  damage()
  const found = await look()
  expect(found.get(name)).toMatch(/problem: .+ → .+/)
  expect([...found.keys()]).toEqual(expect.arrayContaining(['node', 'disk', 'locks']))
})

test('files in work/.run that this user can not use are a problem that names their owner and a command', async () => {
  workspace.write('work/.run/opencode.json', '{}')
  workspace.write('work/.run/locks/index', '')
  const { isRoot, run } = asAnotherUser(workspace.root)
  if (isRoot) chmodSync(workspace.paths.run, 0o777)
  for (const path of ['opencode.json', 'locks'])
    chmodSync(join(workspace.paths.run, path), isRoot ? 0o700 : 0)
  const found = run()
  expect(found).toMatchObject({
    state: 'problem',
    text: expect.stringMatching(
      isRoot
        ? /^work\/\.run\/locks, work\/\.run\/opencode\.json can't be used by this user \(it belongs to root\)$/
        : /^work\/\.run\/locks, work\/\.run\/opencode\.json can't be used by this user$/,
    ),
    hint: expect.stringMatching(isRoot ? /^sudo chown -R .*\/work\/\.run$/ : /chmod -R u\+rwX/),
  })
  chmodSync(join(workspace.paths.run, 'locks'), 0o700)
})

describe('locks', () => {
  test("that can't be opened are a problem, and the rest is still checked", async () => {
    workspace.write('work/.run/locks/001-demo.tasks/file', '')
    workspace.write('work/.run/owners/001-demo/01.01.01/file', '')
    const found = await look()
    expect(found.get('locks')).toMatch(
      /^problem: The lock file .*001-demo\.tasks could not be opened: EISDIR/,
    )
    expect(found.get('runs')).toMatch(/^problem: The lock file .*01\.01\.01 could not be opened: EISDIR/)
    expect(found.get('sessions')).toMatch(/^ok/)
  })

  test('that are held for long are shown with their holder', async () => {
    const holder = new EventEmitter()
    const held = withLock(workspace.stream.tasksLock, () => once(holder, 'release'))
    const text = (await look()).get('locks')
    holder.emit('release')
    await held
    expect(text).toMatch(
      new RegExp(
        `^warning: work/.run/locks/001-demo.tasks has been held .* by process ${process.pid} .* → .*kill`,
      ),
    )
    expect((await look()).get('locks')).toBe('ok: none held')
  })

  test('of threads that are being run are shown, those of the dead are not', async () => {
    const self = { pid: process.pid, command: 'work multi --continue', since: '2026-01-01T00:00:00.000Z' }
    const ownership = await ownThreads(workspace.stream, ['01.01.01', '01.01.02'], self)
    expect((await look()).get('runs')).toBe(
      `ok: process ${process.pid} (work multi --continue) since ${formatMoment(self.since)}: 001-demo 01.01.01, 001-demo 01.01.02`,
    )
    workspace.write('work/001-demo/tasks.json', '{')
    expect((await look()).get('runs'), 'while tasks.json is broken').toContain('001-demo 01.01.01')
    workspace.write('work/001-demo/tasks.json', tasksFile([]))
    ownership.release()
    expect((await look()).get('runs')).toBe('ok: none')
  })
})

function addToGit(...args: string[]): void {
  execFileSync('git', ['add', ...args], { cwd: workspace.root })
}
