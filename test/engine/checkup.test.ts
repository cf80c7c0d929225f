import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { chmodSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { identify } from '../../src/process/identity.ts'
import { triedVersion } from '../../src/runners/opencode/tested-version.ts'
import { checkUp, type CheckupOptions } from '../../src/doctor/doctor.ts'
import { oldestNode } from '../../src/doctor/check-programs.ts'
import { ownThreads } from '../../src/threads/leases.ts'
import { withLock } from '../../src/store/lock.ts'
import {
  agentsYaml,
  makeWorkspace,
  session,
  streamEntry,
  task,
  tasksFile,
  workIndex,
  type TestWorkspace,
} from '../helpers/cli.ts'
import { fixture, startReady } from '../helpers/processes.ts'
import { formatMoment } from '../../src/text/dates.ts'

let workspace: TestWorkspace
/** Folder of programs that come before all others on PATH. */
let bin: string

beforeEach(() => {
  workspace = makeWorkspace([task({ id: '01.01.01.01' })])
  bin = join(workspace.root, 'bin')
  workspace.write('work/001-demo/PLAN.md', '# Plan: Demo\n')
  workspace.write('work/agents.yaml', agentsYaml([process.execPath]))
  workspace.write('work/.gitignore', '.run/\nlogs/\n')
  fakeOpencode(`echo ${triedVersion}`)
})

/** A program `opencode` that starts at once and writes nowhere. */
function fakeOpencode(script: string): void {
  workspace.write('bin/opencode', `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, 'opencode'), 0o755)
}

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

/** What a look at the workspace finds of each name, as `state: text → hint`. */
async function look(options: Partial<CheckupOptions> = {}): Promise<Map<string, string>> {
  const { checks } = await checkUp({
    workspace: workspace.paths,
    helpers: { recorder: '/nowhere/recorder.js', keeper: '/nowhere/keeper.js' },
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: workspace.home },
    now: () => new Date(),
    server: undefined,
    nodeVersion: process.version,
    readDisk: () => ({ ...disk, type: 0xef53 }),
    ...options,
  })
  const found = new Map<string, string>()
  for (const { name, state, text, hint } of checks) {
    const before = found.has(name) ? `${found.get(name)}\n` : ''
    found.set(name, `${before}${state}: ${text}${hint === null ? '' : ` → ${hint}`}`)
  }
  return found
}

test('a repository where all is well has nothing but ok', async () => {
  const found = await look()
  expect([...found.values()].filter((text) => !text.startsWith('ok: '))).toEqual([])
  expect([...found.keys()]).toEqual([
    'node',
    'git',
    'tmux',
    'opencode',
    'server',
    'file system',
    'disk',
    'leftovers',
    'index.json',
    'in git',
    'locks',
    'runs',
    'sessions',
    'agents.yaml',
    'agent default',
  ])
})

const disk = { type: undefined, free: 10_000_000_000, refused: undefined }

describe('programs', () => {
  const { engines, devDependencies }: { engines: { node: string }; devDependencies: Record<string, string> } =
    JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

  test.each([
    ['v20.18.9', `problem: 20.18.9 is too old: work needs ${oldestNode} or later → Install a newer Node.js.`],
    ['v9.30.0', `problem: 9.30.0 is too old: work needs ${oldestNode} or later → Install a newer Node.js.`],
    ['v20.19.0', 'ok: 20.19.0'],
    ['v24.0.0', 'ok: 24.0.0'],
  ])('Node %s is %s', async (nodeVersion, text) => {
    expect((await look({ nodeVersion })).get('node')).toBe(text)
  })

  test('the versions that are asked for are those of package.json', () => {
    expect(engines.node).toBe(`>=${oldestNode}`)
    expect(devDependencies['opencode-ai']).toBe(triedVersion)
  })

  test.each([
    ['echo 1.2.3', /^warning: 1\.2\.3 .*; work is tested with .* → .*opencode-ai@/],
    ['echo 99.0.0', /^warning: 99\.0\.0 .*; work is tested with/],
    ['echo 1.999.0', /^ok: 1\.999\.0 .*; work is tested with/],
    ['echo boom >&2; exit 3', /^warning: .*opencode does not run: boom → npm install/],
  ])('opencode that does "%s" is %s', async (script, expected) => {
    fakeOpencode(script)
    expect((await look()).get('opencode')).toMatch(expected)
  })

  test('opencode that does not run is a problem for agents that need it', async () => {
    fakeOpencode('exit 3')
    workspace.write('work/agents.yaml', '{ agents: [{ name: default, models: [a/b] }] }')
    expect((await look()).get('opencode')).toMatch(/^problem: .* does not run: exit code 3/)
  })

  test('git and tmux that are missing are warnings', async () => {
    const found = await look({ env: { PATH: bin } })
    expect(found.get('git')).toMatch(/^warning: not found on PATH/)
    expect(found.get('tmux')).toMatch(/^warning: not found on PATH/)
  })
})

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

describe('workstreams', () => {
  test('without index.json are a problem', async () => {
    rmSync(workspace.paths.index)
    expect((await look()).get('index.json')).toMatch(/^problem: work\/index\.json not found.* → work init/)
  })

  test.each([
    ['{ "version": "2.0.0", ', /^problem: work\/001-demo\/tasks\.json:1:23: invalid JSON/],
    [
      '<<<<<<< ours\n',
      /^problem: work\/001-demo\/tasks\.json:1: found markers of an unresolved merge conflict/,
    ],
    [tasksFile([], { version: '9.0.0' }), /^problem: work\/001-demo\/tasks\.json: found version "9\.0\.0"/],
    [
      tasksFile([task({ id: '01.01.01.01' })], {
        threads: {
          '01.01.01': { machine: 'thread', version: 1, savedAt: '', snapshot: { value: 'flying' } },
        },
      }),
      /^problem: The snapshot of thread 01\.01\.01 in tasks\.json can't be used/,
    ],
  ])('with a tasks.json that can not be used are a problem', async (content, expected) => {
    workspace.write('work/001-demo/tasks.json', content)
    expect((await look()).get('stream 001-demo')).toMatch(expected)
  })

  test('with a damaged record of a session are warned of', async () => {
    const damaged = { ...task({ id: '01.01.01.01' }), sessions: [{ sessionId: 1 }] }
    workspace.write('work/001-demo/tasks.json', { ...tasksFile([]), tasks: [damaged] })
    expect((await look()).get('stream 001-demo')).toMatch(
      /^warning: A session record of thread 01\.01\.01 in tasks\.json can't be used.* → git log -p/,
    )
  })

  test('of version 1 whose threads.json can not be read are warned of', async () => {
    workspace.write('work/001-demo/tasks.json', tasksFile([task({ id: '1.1.1.1' })], { version: '1.0.0' }))
    workspace.write('work/001-demo/threads.json', 'oh')
    expect((await look()).get('stream 001-demo')).toMatch(
      /^warning: work\/001-demo\/threads\.json:1:1: invalid JSON.* → git log -p/,
    )
  })

  test('that lack their folder or their plan, or that nobody lists, are named', async () => {
    workspace.write(
      'work/index.json',
      workIndex([streamEntry(), streamEntry({ id: '002-gone', name: 'gone' })]),
    )
    rmSync(workspace.stream.plan)
    workspace.write('work/003-stray/PLAN.md', '')
    const found = await look()
    expect(found.get('stream 001-demo')).toBe(
      'warning: PLAN.md is missing → Write it, or restore it from git.',
    )
    expect(found.get('stream 002-gone')).toMatch(/^problem: its folder work\/002-gone is missing → .*git log/)
    expect(found.get('index.json')).toMatch(/^ok: 2 workstreams, 1 of them readable\nwarning: .*003-stray/)
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

describe('libraries that opencode unpacked', () => {
  const minute = 60_000
  const names = ['.bcfbf7dffcbff62c-00000000.so', '.0123456789abcdef-00000001.so']
  let temporary: string

  /** A file that was last changed an hour ago. */
  function leave(path: string): void {
    workspace.write(path, 'x'.repeat(3 * 1024 * 1024))
    const then = new Date(Date.now() - 60 * minute)
    utimesSync(join(workspace.root, path), then, then)
  }

  const lookThere = () =>
    look({ env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: workspace.home, TMPDIR: temporary } })

  beforeEach(() => {
    temporary = join(workspace.root, 'temporary')
  })

  test('and left in the temp folder are named, with their size, and stay', async () => {
    for (const name of [...names, 'mine.so', '.hidden.so', 'abc']) leave(`temporary/${name}`)
    expect((await lookThere()).get('libraries')).toMatch(
      /^warning: opencode left 2 unused library files \(6 MB\): \S+\.so, \S+\.so → .* rm \S+\.so …$/,
    )
    expect(readdirSync(temporary)).toHaveLength(5)
  })

  test('just now, or that a process uses, are not named', async () => {
    leave(`temporary/${names[0]}`)
    workspace.write(`temporary/${names[1]}`, 'new')
    const path = join(temporary, names[0] ?? '')
    const program = `import mmap, sys
file = open(sys.argv[1], 'r+b')
memory = mmap.mmap(file.fileno(), 4096)
print('ready', flush=True)
sys.stdin.read()`
    await startReady('python3', ['-c', program, path])
    expect((await lookThere()).get('libraries')).toBeUndefined()
  })

  test('for a server that was killed with its keeper are named', async () => {
    leave(`work/.run/opencode.tmp/${names[0]}`)
    expect((await look()).get('libraries')).toMatch(
      /^warning: work\/\.run\/opencode\.tmp has .* --stop-server/,
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

describe('sessions', () => {
  const self = identify(process.pid)
  const dead = self === undefined ? undefined : { ...self, startTicks: '1' }

  function recordRunning(process: typeof self): void {
    const running = session({ status: 'running', runner: 'other', ...(process && { process }) })
    workspace.write(
      'work/001-demo/tasks.json',
      tasksFile([task({ id: '01.01.01.01', sessions: [running], currentSessionId: running.sessionId })]),
    )
  }

  test('that are recorded as running without a process are left over', async () => {
    recordRunning(dead)
    expect((await look()).get('sessions')).toMatch(
      /^warning: 001-demo 01\.01\.01: session cmd_1 \(default, .*\) is recorded as running, but has ended \(lost\) → work continue --stream 001-demo/,
    )
  })

  test('that are running without a supervisor are left over', async () => {
    recordRunning(self)
    expect((await look()).get('sessions')).toMatch(
      new RegExp(
        `^warning: 001-demo 01.01.01: session cmd_1 .*process ${process.pid}\\) is running without a supervisor`,
      ),
    )
  })

  test('that have ended but left a process in its own process session are named with it and a command to end it', async () => {
    const ended = session({ token: randomUUID(), status: 'interrupted', reason: 'lost' })
    const env = {
      ...process.env,
      WORK_ROOT: workspace.root,
      WORKSTREAM_ROLE: 'AGENT',
      WORK_TOKEN: ended.token,
    }
    const { pid } = await startReady('setsid', [process.execPath, fixture('hang')], env)
    workspace.write('work/001-demo/tasks.json', tasksFile([task({ id: '01.01.01.01', sessions: [ended] })]))
    const left = `has ended but left 1 process running: ${pid} (`
    expect((await look()).get('sessions')).toContain(
      `warning: 001-demo 01.01.01: session cmd_1 (default) ${left}`,
    )
    expect((await look()).get('sessions')).toContain(` → kill ${pid}`)
    // The processes of a running session are in use; those of an unknown session are named too.
    recordRunning(self)
    expect((await look()).get('sessions')).toContain(`a session that is not in any tasks.json ${left}`)
    const running = { ...ended, status: 'running' as const, runner: 'command' }
    workspace.write('work/001-demo/tasks.json', tasksFile([task({ id: '01.01.01.01', sessions: [running] })]))
    expect((await look()).get('sessions')).not.toContain(left)
  })

  describe('that are in no tasks.json', () => {
    test.each<[string, () => void]>([
      ['tasks.json is broken', () => workspace.write('work/001-demo/tasks.json', '{ "version": ')],
      ['tasks.json is a merge conflict', () => workspace.write('work/001-demo/tasks.json', '<<<<<<< ours\n')],
      ['its folder is gone', () => workspace.remove('work/001-demo')],
      ['index.json is broken', () => workspace.write('work/index.json', '{')],
      ['index.json does not list it', () => workspace.write('work/index.json', workIndex([]))],
    ])('are not reported as ended while %s', async (_, damage) => {
      const { pid } = await startReady(process.execPath, [fixture('hang')], agentEnv(randomUUID()))
      damage()
      const found = await look()
      expect([...found.values()].join('\n')).not.toContain(String(pid))
      expect(found.get('sessions')).toBeUndefined()
      expect(found.get('runs')).toBeUndefined()
    })

    test('are not reported as ended while their recorder is running', async () => {
      const token = randomUUID()
      const agent = await startReady(process.execPath, [fixture('hang')], agentEnv(token))
      const left = `a session that is not in any tasks.json has ended but left 1 process running: ${agent.pid} (`
      expect((await look()).get('sessions')).toContain(left)
      workspace.write('kept/recorder-0123456789ab.mjs', "console.log('ready')\nprocess.stdin.resume()\n")
      const recorder = join(workspace.root, 'kept/recorder-0123456789ab.mjs')
      await startReady(process.execPath, [recorder, '{}'], agentEnv(token))
      expect((await look()).get('sessions')).toBe('ok: none left over')
    })
  })

  test('whose thread is being run are not reported', async () => {
    recordRunning(self)
    const holder = { pid: process.pid, command: 'work multi', since: '' }
    const ownership = await ownThreads(workspace.stream, ['01.01.01'], holder)
    expect((await look()).get('sessions')).toBe('ok: none left over')
    ownership.release()
  })
})

describe('the opencode server', () => {
  const self = identify(process.pid)
  const dead = { pid: 4194305, startTicks: '1', host: self?.host, bootId: self?.bootId }
  const startedAt = '2026-01-01T00:00:00.000Z'

  function record(fields: object): void {
    const live = { phase: 'ready', version: triedVersion, password: 'x', environment: '', startedAt }
    workspace.write('work/.run/opencode.json', { ...live, ...fields })
  }

  test('that has exited leaves a record, which is a warning', async () => {
    record({ ...dead, keeper: dead, port: 1 })
    expect((await look()).get('server')).toMatch(
      /^warning: the recorded server has exited \(process 4194305, started 2026.* → .*work doctor --stop-server/,
    )
    record({ phase: 'claimed', keeper: dead })
    expect((await look()).get('server')).toMatch(/^warning: the recorded server has exited \(keeper 4194305/)
  })

  test('with an invalid record is a warning', async () => {
    workspace.write('work/.run/opencode.json', 'half a rec')
    expect((await look()).get('server')).toMatch(
      /^warning: work\/\.run\/opencode\.json is not a valid record/,
    )
  })

  test('that is idle is shown; one without a keeper is a warning', async () => {
    const port = await serve()
    record({ ...self, keeper: self, port })
    expect((await look()).get('server')).toMatch(
      /^ok: process \d+, port \d+, opencode .*, idle: stops by itself$/,
    )
    record({ ...self, keeper: dead, port })
    expect((await look()).get('server')).toMatch(
      /^warning: .*, without a process that stops it when it is unused/,
    )
  })

  test('that does not answer is a warning', async () => {
    record({ ...self, keeper: self, port: 1 })
    expect((await look()).get('server')).toMatch(/^warning: .*, does not answer → .*--stop-server --force/)
  })

  test('lists the models, and agents without any existing model are a problem', async () => {
    record({ ...self, keeper: self, port: await serve() })
    const agents = [
      { name: 'default', models: ['local/m1'] },
      { name: 'half', models: ['local/m1', 'local/m2'] },
      { name: 'none', models: ['other/m1'] },
      { name: 'spare', models: ['local/m1', 'other/m9'] },
    ]
    workspace.write('work/agents.yaml', JSON.stringify({ agents }))
    const found = await look()
    expect(found.get('agent default')).toBe('ok: opencode: local/m1')
    expect(found.get('models')).toBe('ok: 1 model of opencode: local (1)')
    expect(found.get('agent half')).toMatch(
      /^problem: opencode does not have local\/m2\. Did you mean local\/m1\? → opencode models lists all/,
    )
    expect(found.get('agent none')).toMatch(
      /^problem: opencode does not have other\/m1\. Did you mean local\/m1\?/,
    )
    expect(found.get('agent spare')).toMatch(
      /^warning: opencode does not have other\/m9\. These providers have models: local\./,
    )
  })
})

describe('models', () => {
  test.each([
    ['echo local/m1; echo local/m2', 'ok: 2 models of opencode: local (2)', 'ok: opencode: local/m2'],
    ['true', 'problem: opencode has none: no provider is set up → opencode auth login', 'problem: '],
    [
      'echo "no such file" >&2; exit 1',
      "warning: could not be listed, so the agents' models are not checked: opencode models failed: no such file",
      'ok: ',
    ],
  ])('are those that `opencode models` lists when no server runs: %s', async (script, models, agent) => {
    fakeOpencode(`if [ "$1" = models ]; then ${script}; else echo ${triedVersion}; fi`)
    workspace.write('work/agents.yaml', '{ agents: [{ name: default, models: [local/m2] }] }')
    const found = await look()
    expect(found.get('models')).toContain(models)
    expect(found.get('agent default')).toContain(agent)
  })
})

describe('agents', () => {
  test('with a misspelled field are warned of, and those with a field of another tool are not', async () => {
    const agent = { name: 'default', runner: 'command', command: [process.execPath] }
    workspace.write('work/agents.yaml', JSON.stringify({ agents: [{ ...agent, timout: 3 }] }))
    expect((await look()).get('agents.yaml')).toContain(
      'warning: line 1: unknown field agents[0] (default).timout → Did you mean "timeout"? work edit --agents',
    )
    workspace.write('work/agents.yaml', JSON.stringify({ agents: [agent], synthesis_agents: [] }))
    expect((await look()).get('agents.yaml')).toContain(
      'ok: line 1: unknown field synthesis_agents has no effect',
    )
  })

  test.each([
    ['{ agents: [{ name: default, models: [sonnet] }] }', /found "sonnet", expected "provider\/model"/],
    ['{ agents: [{ name: default, runner: claude }] }', /found "claude", expected one of opencode, command/],
    ['{ agents: [{ name: default }] }', /models: found nothing/],
    ['{ agents: [', /invalid YAML/],
  ])('in an agents.yaml like %s are a problem', async (text, expected) => {
    workspace.write('work/agents.yaml', text)
    const found = (await look()).get('agents.yaml')
    expect(found).toMatch(/^problem: work\/agents\.yaml:1: /)
    expect(found).toMatch(expected)
  })

  test('whose program is not there or can not be executed are a problem', async () => {
    const agents = [
      { name: 'default', runner: 'command', command: ['no-such-program'] },
      { name: 'plain', runner: 'command', command: ['./work/index.json'] },
      { name: 'resume', runner: 'command', command: [process.execPath], resume_command: ['/nowhere/agent'] },
    ]
    workspace.write('work/agents.yaml', JSON.stringify({ agents }))
    const found = await look()
    expect(found.get('agent default')).toMatch(/^problem: program "no-such-program" not found on PATH/)
    expect(found.get('agent plain')).toMatch(/^problem: program "\.\/work\/index\.json" not found at \//)
    expect(found.get('agent resume')).toMatch(/^problem: program "\/nowhere\/agent" not found at/)
  })

  test('that have work to do and are not in agents.yaml are a problem', async () => {
    workspace.write(
      'work/001-demo/tasks.json',
      tasksFile([
        task({ id: '01.01.01.01', assigned_agent: 'ghost' }),
        task({ id: '01.01.02.01', assigned_agent: 'gone', status: 'completed' }),
      ]),
    )
    const found = await look()
    expect(found.get('agent ghost')).toMatch(
      /^problem: is not in agents\.yaml, but is assigned to threads of 001-demo: 01\.01\.01 → .*work assign --stream 001-demo/,
    )
    expect(found.has('agent gone')).toBe(false)
  })
})

/** The environment of what an agent runs as. */
function agentEnv(token: string): NodeJS.ProcessEnv {
  return { ...process.env, WORK_ROOT: workspace.root, WORKSTREAM_ROLE: 'AGENT', WORK_TOKEN: token }
}

function addToGit(...args: string[]): void {
  execFileSync('git', ['add', ...args], { cwd: workspace.root })
}

/** Starts a server that answers as opencode does when nobody uses it, and knows one model. Gives its port. */
async function serve(): Promise<number> {
  const answers: Record<string, unknown> = {
    '/global/health': { healthy: true, version: triedVersion },
    '/session': [],
    '/session/status': {},
    '/config/providers': { providers: [{ id: 'local', models: { m1: {} } }] },
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost')
    response.end(JSON.stringify(answers[pathname]))
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
