import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import { findOnPath } from '../../src/process/executable.ts'
import { openTasks } from '../../src/store/tasks/tasks.ts'
import { threadsOf } from '../../src/threads/thread.ts'
import { tasksFile } from '../builders/records.ts'
import { tasksOf } from '../builders/threads.ts'
import { makeWorkspace, put } from '../builders/workspace.ts'
import { gitAt } from '../helpers/clones.ts'
import { endAll, fixture, textOf } from '../helpers/processes.ts'

/** A git call at which the run is killed: its number, and whether it has begun or ended then. */
export interface GitKill {
  call: number
  when: 'before' | 'during' | 'after'
}

/** How a run is killed: at a named point of the driver such as `commit:3`, at a git call, or after milliseconds. */
type Crash = { point: string } | { git: GitKill } | { after: number }

/** A workstream of isolated threads in a repository that a user works in, run by the crash driver. */
export interface IsolatedScene {
  /** Runs until the crash; whether it was reached. */
  crash: (crash: Crash) => Promise<boolean>
  /** Runs to the end; returns the exit code. */
  finish: () => Promise<number | string | null>
  /** How many git calls the last run made. */
  gitCalls: () => number
  /** Checks that everything was done once and that nothing else changed. */
  expectTruth: () => void
}

const branch = 'workstream/001-demo'

/** Makes a scene of this many threads; `driver` and `recorder` are built programs. */
export function isolatedScene(
  count: number,
  { driver, recorder }: { driver: string; recorder: string },
): IsolatedScene {
  const threads = Array.from({ length: count }, (_, index) => `01.01.${String(index + 1).padStart(2, '0')}`)
  const workspace = makeWorkspace()
  const { root, stream } = workspace
  const outside = makeWorkspace().root
  const [notes, calls] = [join(outside, 'notes'), join(outside, 'calls')]
  const realGit = findOnPath('git', process.env) ?? ''
  mkdirSync(join(outside, 'bin'))
  symlinkSync(fixture('git-kill').replace(/mjs$/, 'sh'), join(outside, 'bin/git'))
  const env = {
    ...process.env,
    HOME: outside,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  }
  const git = (...args: string[]) => gitAt(root, env, args)
  git('init', '-q', '-b', 'main')
  git('config', 'user.name', 'Ada')
  git('config', 'user.email', 'ada@example.com')
  put(join(root, 'shared.txt'), threads.map((id) => `part ${id}\n${'-\n'.repeat(6)}`).join(''))
  put(join(root, 'mine.txt'), 'one\n')
  put(join(root, '.gitignore'), 'work/.run/\nwork/*/logs/\n')
  put(stream.tasks, tasksFile(threads.flatMap(tasksOf)))
  put(workspace.index, {
    version: '1.0.0',
    last_updated: '',
    streams: [{ id: stream.id, name: 'demo', created_at: '', updated_at: '' }],
  })
  git('add', '-A')
  git('commit', '-q', '-m', 'start')
  // What the user has not finished: a stash, a staged file, a changed one.
  put(join(root, 'mine.txt'), 'stashed\n')
  git('stash', '-q')
  put(join(root, 'mine.txt'), 'staged\n')
  git('add', 'mine.txt')
  put(join(root, 'mine.txt'), 'changed\n')
  put(join(root, 'new.txt'), 'new\n')
  const before = mainState()
  onTestFinished(() => endAll('WORK_ROOT', root))

  return {
    crash: async (crash) => (await drive(crash)) === 'SIGKILL',
    finish: () => drive(undefined),
    gitCalls: () => linesOf(textOf(calls)).length,
    expectTruth,
  }

  async function drive(crash: Crash | undefined): Promise<number | string | null> {
    put(calls, '')
    const kill = crash !== undefined && 'git' in crash ? crash.git : undefined
    const point = crash !== undefined && 'point' in crash ? crash.point : ''
    const agent = [process.execPath, fixture('edit'), notes, '30']
    const child = spawn(process.execPath, [driver, root, recorder, point, ...agent], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // A group of its own, which is killed with it.
      detached: true,
      env: {
        ...env,
        PATH: `${join(outside, 'bin')}:${process.env['PATH'] ?? ''}`,
        KILL_GIT: realGit,
        KILL_CALLS: calls,
        KILL_CALL: String(kill?.call ?? 0),
        KILL_WHEN: kill?.when ?? '',
        CRASH_CLONES: JSON.stringify({
          isolation: 'clone',
          setup: [['sh', '-c', 'echo ready > ready.txt && mv ready.txt .git/ready']],
          verify: [['sh', '-c', 'test -f shared.txt && test -f .git/ready']],
        }),
      },
    })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    if (crash !== undefined && 'after' in crash)
      child.stdout.once('data', () => void delay(crash.after).then(() => killGroup(child.pid)))
    const end = await new Promise<number | string | null>((resolve) =>
      child.on('close', (code, signal) => resolve(signal ?? code)),
    )
    if (end !== 'SIGKILL' && end !== 0) throw new Error(`The driver ended with ${end}: ${said}`)
    return end
  }

  function expectTruth(): void {
    const noted = linesOf(textOf(notes))
    const tokens = noted.filter((line) => line.startsWith('start ')).map((line) => line.split(' ')[2])
    expect(new Set(tokens).size, 'no session was started twice').toBe(tokens.length)
    const facts = threadsOf(openTasks(stream, () => new Date()).read())
    for (const thread of facts) {
      const { status, sessions, delivery } = thread
      expect({ id: thread.id, status, stopped: delivery?.stopped }).toEqual({
        id: thread.id,
        status: 'completed',
        stopped: undefined,
      })
      expect(sessions.map((session) => session.token)).toEqual(
        tokens.filter(
          (_, index) => noted.filter((line) => line.startsWith('start '))[index]?.split(' ')[1] === thread.id,
        ),
      )
      expect(sessions).toHaveLength(1)
    }
    const merges = linesOf(
      git(
        'log',
        '--first-parent',
        '--format=%(trailers:key=Work-Thread,valueonly,separator=%x20)',
        `main..${branch}`,
      ),
    )
    expect(merges.toSorted()).toEqual(threads.map((id) => `001-demo/${id}`))
    for (const id of threads) expect(git('show', `${branch}:own-${id}.txt`)).toBe(id)
    const shared = linesOf(git('show', `${branch}:shared.txt`)).filter((line) => line.startsWith('done '))
    expect(shared).toEqual(threads.map((id) => `done ${id}`))
    expect(git('diff', '--name-only', 'main', branch).split('\n').toSorted()).toEqual(
      [...threads.map((id) => `own-${id}.txt`), 'shared.txt'].toSorted(),
    )
    expect(mainState()).toEqual(before)
    expect(locksBelow(join(root, '.git'))).toEqual([])
    expect(locksBelow(join(root, 'work/.trees'))).toEqual([])
    expect(git('fsck', '--no-progress', '--no-dangling')).toBe('')
  }

  /** All of the main repository that runs must not change, as text. */
  function mainState(): Record<string, string> {
    const file = (path: string) => readFileSync(join(root, path), 'base64')
    return {
      head: file('.git/HEAD'),
      index: file('.git/index'),
      config: file('.git/config'),
      mine: file('mine.txt'),
      new: file('new.txt'),
      shared: file('shared.txt'),
      stash: git('rev-parse', 'refs/stash'),
      refs: linesOf(git('for-each-ref', '--format=%(refname) %(objectname)'))
        .filter((line) => !line.includes('workstream/') && !line.startsWith('refs/work/'))
        .join('\n'),
      files: readdirSync(root)
        .filter((name) => name !== 'work')
        .join(' '),
    }
  }
}

function locksBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.lock'))
    .map((name) => relative(folder, join(folder, name)))
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
