import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { identify } from '../../src/process/identity.ts'
import type { SessionRecord } from '../../machines/session.ts'
import {
  agentsYaml,
  makeRepository,
  makeWorkspace,
  session,
  streamEntry,
  task,
  tasksFile,
  workIndex,
  type TestWorkspace,
} from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { openTerminal } from '../helpers/terminal.ts'

const failed = session({ status: 'failed', reason: 'exit', exitCode: 3 })
const incomplete = session({ status: 'failed', reason: 'incomplete', exitCode: 0 })
const running = session({ status: 'running', token: 'token-1', log: 'work/001-demo/logs/01.01.01/1' })

describe('work status', () => {
  it('shows progress, stages and threads', async () => {
    const { work } = makeWorkspace([
      task({ id: '01.01.01.01', status: 'completed' }),
      task({ id: '01.01.02.01', status: 'cancelled' }),
      task({ id: '01.01.03.01', assigned_agent: 'reviewer', sessions: [failed] }),
      task({ id: '02.01.01.01', status: 'blocked', sessions: [incomplete] }),
    ])
    const { code, stdout } = await work('status')
    expect(code).toBe(0)
    expect(stdout.replaceAll(/\d+d ago/g, '9d ago')).toBe(`001-demo
██████████░░░░░░░░░░  50%  in progress

● 01  Stage 01  1/3
✗ 02  Stage 02  0/1

Thread    Name             Status                 Tasks  Sessions  Agent     When
01.01.01  Thread 01.01.01  ✓ completed              1/1         0  default
01.01.02  Thread 01.01.02  ■ cancelled              0/1         0  default
01.01.03  Thread 01.01.03  ✗ failed: exit code 3    0/1         1  reviewer  9d ago
02.01.01  Thread 02.01.01  ◐ incomplete             0/1         1  default   9d ago
`)
  })

  it('gives scripts the shape they rely on, sessions only with --sessions', async () => {
    const { work } = makeWorkspace([
      task({ id: '01.01.01.01', status: 'completed', sessions: [failed, incomplete] }),
      task({ id: '01.01.01.02', status: 'in_progress' }),
    ])
    const thread = {
      id: '01.01.01',
      name: 'Thread 01.01.01',
      status: 'failed',
      reason: 'incomplete',
      agent: 'default',
      sessionCount: 2,
      resumable: false,
      settledBy: null,
      tasks: { total: 2, completed: 1 },
      lastSession: incomplete,
    }
    const streamView = {
      id: '001-demo',
      name: 'demo',
      status: 'in_progress',
      percent: 50,
      stages: [{ id: '01', name: 'Stage 01', status: 'in_progress', completed: 1, total: 2 }],
      threadCount: 1,
      threads: [thread],
    }
    expect((await work('status', '--json')).json()).toEqual({ streams: [streamView] })
    expect((await work('status', '--json', '--sessions')).json()).toEqual({
      streams: [{ ...streamView, threads: [{ ...thread, sessions: [failed, incomplete] }] }],
    })
  })

  it('shows each session of each thread with --sessions', async () => {
    const { work } = makeWorkspace([task({ id: '01.01.01.01', sessions: [failed, session({ attempt: 2 })] })])
    const { stdout } = await work('status', '--sessions')
    expect(stdout).toMatch(/#1 {2}failed: exit code 3 {2}5m 00s/)
    expect(stdout).toMatch(/#2 {2}completed/)
  })

  it('calls a thread incomplete whose session ended well while tasks are open, and done with all closed', async () => {
    const { work } = makeWorkspace([
      task({ id: '01.01.01.01', sessions: [session()] }),
      task({ id: '01.01.02.01', status: 'completed', sessions: [failed] }),
    ])
    expect((await work('status', '--json')).json()).toMatchObject({
      streams: [
        {
          threads: [
            { status: 'failed', reason: 'incomplete' },
            { status: 'completed', reason: null },
          ],
        },
      ],
    })
  })

  it('is about --stream, else the current workstream, else all of them', async () => {
    const { work, run, write } = makeRepository()
    const streams = [streamEntry(), streamEntry({ id: '002-map', name: 'map', order: 2, status: 'on_hold' })]
    write('work/index.json', workIndex(streams))
    expect((await work('status', '--json')).json()).toMatchObject({
      streams: [
        { id: '001-demo', status: 'pending' },
        { id: '002-map', status: 'on_hold' },
      ],
    })
    const seen = await Promise.all([
      work('status', '--json', '--stream', 'map'),
      run(['status', '--json'], { env: { WORK_STREAM: '002-map' } }),
    ])
    for (const { json } of seen) expect(json()).toMatchObject({ streams: [{ id: '002-map' }] })
    write('work/index.json', workIndex(streams, { current_stream: '001-demo' }))
    expect((await work('status', '--json')).json()).toMatchObject({ streams: [{ id: '001-demo' }] })
  })

  it('says so when there is no workstream yet', async () => {
    const { work, write } = makeRepository()
    write('work/index.json', workIndex([]))
    expect(await work('status')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('work create'),
    })
    expect((await work('status', '--json')).json()).toEqual({ streams: [] })
  })

  it('refuses to --watch without a terminal', async () => {
    expect(await makeWorkspace().work('status', '--watch')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--watch needs a terminal'),
    })
  })
})

describe('work status of some threads only', () => {
  let work: TestWorkspace['work']
  beforeEach(() => {
    ;({ work } = makeWorkspace([
      task({ id: '01.01.01.01', status: 'completed', sessions: [session()] }),
      task({ id: '01.01.02.01', sessions: [failed] }),
      task({ id: '01.02.01.01', sessions: [session({ status: 'interrupted', reason: 'user' })] }),
      task({ id: '01.02.02.01', sessions: [incomplete] }),
      task({ id: '02.01.01.01' }),
    ]))
  })
  const chosen = async (...flags: string[]) => (await work('status', '--json', ...flags)).json()

  it.each([
    [['--failed'], ['01.01.02', '01.02.01', '01.02.02']],
    [
      ['--batch', '1.1'],
      ['01.01.01', '01.01.02'],
    ],
    [['--thread', '1.2.1'], ['01.02.01']],
    [['--batch', '01.01', '--failed'], ['01.01.02']],
    [['--thread', '01.01.01', '--failed'], []],
  ])('%j shows %j, and how far the whole workstream is', async (flags, ids) => {
    expect(await chosen(...flags)).toMatchObject({
      streams: [{ percent: 20, threadCount: 5, threads: ids.map((id) => ({ id })) }],
    })
  })

  it('shows their sessions with --sessions, and no others', async () => {
    const { stdout } = await work('status', '--failed', '--sessions', '--batch', '01.01')
    expect(stdout).toContain('1 of 5 threads:\n')
    expect(stdout.match(/#1 /g)).toHaveLength(1)
    expect(stdout).toMatch(/#1 {2}failed: exit code 3/)
    expect(stdout).not.toContain('Stage 01')
  })

  it.each([
    ['--thread', '01.01.09', 'Thread 01.01.09 not found. Nearest: 01.01.01, 01.01.02.'],
    ['--batch', '01.07', 'Batch 01.07 not found. Nearest: 01.01, 01.02.'],
    ['--batch', '01', '"01" is not a batch id. Expected the form 01.02.'],
  ])('%s %s is an error that names what there is', async (flag, id, message) => {
    expect(await work('status', flag, id)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(message),
    })
  })

  it('--watch ends at once where nothing is running, and --exit-status says whether a thread failed', async () => {
    const workspace = makeWorkspace([
      task({ id: '01.01.01.01' }),
      task({ id: '01.01.02.01', sessions: [failed] }),
    ])
    const terminal = openTerminal(workspace)
    terminal.work('status --watch --failed --exit-status')
    await until(() => terminal.screen().includes('exit code 1'), terminal.screen)
    expect(terminal.screen()).toContain('1 of 2 threads:')
    expect(terminal.screen()).not.toContain('01.01.01')
    await workspace.work('session', 'complete', '01.01.02')
    terminal.work('status --watch --exit-status')
    await until(() => terminal.screen().includes('exit code 0'), terminal.screen)
  })

  it('needs to know which workstream is meant', async () => {
    const repository = makeRepository()
    repository.write('work/index.json', workIndex([streamEntry()]))
    expect(await repository.work('status', '--thread', '01.01.01')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('No workstream is current. There are: 001-demo.'),
    })
  })
})

describe('which sessions can be resumed', () => {
  const { runner: _, ...versionOne } = failed

  it('depends on the runner, and for a command on its agent', async () => {
    const workspace = withSessions(
      session({ status: 'interrupted', reason: 'lost' }),
      session({ status: 'interrupted', reason: 'lost', agentName: 'gone' }),
      session({ status: 'failed', reason: 'agent-missing' }),
      { ...failed, runner: 'opencode' },
      versionOne,
    )
    workspace.write('work/agents.yaml', agentsYaml(['true'], { resume_command: ['true', '--again'] }))
    const { json, stderr } = await look(workspace)
    expect(json).toMatchObject(resumable(true, false, false, true, false))
    expect(stderr).toBe('')
    const { stdout } = await workspace.work('status')
    expect(stdout).toContain('↻ can be resumed (work fix): 01.01.01, 01.01.04\n')
  })

  it('is no for a command agent that does not know how', async () => {
    const workspace = withSessions(failed)
    workspace.write('work/agents.yaml', agentsYaml(['true']))
    expect((await look(workspace)).json).toMatchObject(resumable(false))
  })

  it('is not known with a broken agents.yaml: it is warned of, and all else is shown', async () => {
    const workspace = withSessions(failed)
    workspace.write('work/agents.yaml', 'agents: 3\n')
    const { json, stderr } = await look(workspace)
    expect(json).toMatchObject(resumable(false))
    expect(stderr).toMatch(/^Warning: work\/agents\.yaml:1: .* Not shown: which sessions can be resumed\.\n$/)
  })

  it('does not need agents.yaml when nothing was stopped', async () => {
    const workspace = makeWorkspace([task({ id: '01.01.01.01' })])
    workspace.write('work/agents.yaml', 'agents: 3\n')
    expect((await workspace.work('status')).stderr).toBe('')
  })
})

describe('a tasks.json of version 1', () => {
  const fixture = new URL('../fixtures/state/v1-sessions/tasks.json', import.meta.url)

  it('shows its true history: each session once, and those left running as lost', async () => {
    const workspace = makeWorkspace()
    workspace.write('work/001-demo/tasks.json', readFileSync(fixture, 'utf8'))
    const { stdout } = await workspace.work('status', '--sessions', '--failed')
    expect(stdout).toMatch(/01\.01\.01 .*■ interrupted: process lost +0\/3 +3 /)
    expect(stdout.split('\n').filter((line) => line.startsWith('    #'))).toEqual([
      expect.stringMatching(/#1 {2}interrupted {2,}\d+d ago {2}default {2}acme\/large:high$/),
      expect.stringMatching(/#2 {2}failed: exit code 1 +30m 00s {2}\d+d ago {2}default /),
      expect.stringMatching(/#3 {2}interrupted: process lost {2,}\d+d ago {2}default /),
    ])
  })

  it('can be settled by a word: the old file is kept', async () => {
    const workspace = makeWorkspace()
    const old = readFileSync(fixture, 'utf8')
    workspace.write('work/001-demo/tasks.json', old)
    expect((await workspace.work('session', 'complete', '--all', '--yes')).code).toBe(0)
    expect(await statusOf(workspace)).toMatchObject({
      streams: [
        {
          percent: 100,
          threads: [
            { status: 'completed', settledBy: 'user', sessions: [{}, { exitCode: 1 }, { reason: 'lost' }] },
            { status: 'completed', settledBy: 'user', sessions: [] },
          ],
        },
      ],
    })
    const kept = readdirSync(workspace.stream.folder).filter((name) => name.startsWith('tasks.backup-'))
    expect(kept.map((name) => workspace.read(`work/001-demo/${name}`))).toEqual([old])
  })
})

describe('a session that is recorded as running', () => {
  const start = 'work/001-demo/logs/01.01.01/1.start.json'
  const exit = 'work/001-demo/logs/01.01.01/1.exit.json'
  const log = 'work/001-demo/logs/01.01.01/1.log'
  const at = '2026-01-01T01:00:00.000Z'
  const dead = { pid: 2 ** 22 + 1, startTicks: '1', host: 'here', bootId: 'boot' }

  it('is running as long as its process', async () => {
    const workspace = recorded()
    const agent = await startProcess(workspace)
    workspace.write(start, { recorder: dead, agent: identify(agent.pid), at })
    expect(await statusOf(workspace)).toMatchObject(oneThread({ status: 'running', reason: null }))
    agent.kill()
    await agent.ended
    expect(await statusOf(workspace)).toMatchObject(oneThread({ status: 'interrupted', reason: 'lost' }))
  })

  it('is lost when another process has its pid', async () => {
    const workspace = recorded()
    const other = await startProcess(workspace)
    workspace.write(start, { recorder: dead, agent: { ...identify(other.pid), startTicks: '1' }, at })
    expect(await statusOf(workspace)).toMatchObject(
      oneThread({
        status: 'interrupted',
        reason: 'lost',
        sessions: [
          { status: 'interrupted', completedAt: expect.any(String), detail: expect.stringContaining('gone') },
        ],
      }),
    )
  })

  it('has failed when its exit code says so, with its last output', async () => {
    const workspace = recorded({ doneWhen: 'exit' })
    workspace.write(start, { recorder: dead, agent: dead, at })
    workspace.write(exit, { code: 3, signal: null, at })
    workspace.write(log, 'out of luck\n')
    expect(await statusOf(workspace)).toMatchObject(
      oneThread({
        status: 'failed',
        reason: 'exit',
        tasks: { total: 1, completed: 0 },
        sessions: [{ status: 'failed', exitCode: 3, completedAt: at, detail: 'out of luck' }],
      }),
    )
  })

  it('has completed its thread when its exit code is its word', async () => {
    const workspace = recorded({ doneWhen: 'exit' })
    workspace.write(exit, { code: 0, signal: null, at })
    expect(await statusOf(workspace)).toMatchObject({
      streams: [
        {
          percent: 100,
          status: 'completed',
          threads: [{ status: 'completed', tasks: { total: 1, completed: 1 } }],
        },
      ],
    })
  })

  it('is incomplete when its tasks are its word and are open', async () => {
    const workspace = recorded({ doneWhen: 'tasks' })
    workspace.write(exit, { code: 0, signal: null, at })
    workspace.write(log, 'all done!\n')
    expect(await statusOf(workspace)).toMatchObject(oneThread({ status: 'failed', reason: 'incomplete' }))
    expect((await workspace.work('status')).stdout).toContain('◐ incomplete')
    expect((await workspace.work('tree')).stdout).toContain('✗ 01.01.01')
  })

  it('is lost when it was never started and nobody is about to', async () => {
    expect(await statusOf(recorded())).toMatchObject(oneThread({ status: 'interrupted', reason: 'lost' }))
  })

  it('was stopped by its user when that was under way', async () => {
    const snapshot = {
      value: { running: 'ending' },
      context: { ending: { cause: { status: 'interrupted', reason: 'user' }, force: false } },
    }
    const workspace = makeRepository()
    workspace.write('work/index.json', workIndex([streamEntry()]))
    workspace.write(
      'work/001-demo/tasks.json',
      tasksFile([task({ id: '01.01.01.01', sessions: [running] })], {
        threads: { '01.01.01': { machine: 'thread', version: 1, savedAt: at, snapshot } },
      }),
    )
    workspace.write(exit, { code: null, signal: 'SIGINT', at })
    expect(await statusOf(workspace)).toMatchObject(
      oneThread({ status: 'interrupted', reason: 'user', sessions: [{ signal: 'SIGINT' }] }),
    )
  })

  it('of a runner without files depends on its process', async () => {
    const own = identify(process.pid)
    const alive = recorded({ runner: 'another', log: undefined, process: own })
    expect(await statusOf(alive)).toMatchObject(oneThread({ status: 'running', resumable: false }))
    const gone = recorded({ runner: 'another', log: undefined, process: { ...own, startTicks: '1' } })
    expect(await statusOf(gone)).toMatchObject(oneThread({ status: 'interrupted', reason: 'lost' }))
  })

  it('of opencode is lost with its server, and can be resumed on another', async () => {
    const gone = recorded({ runner: 'opencode', sessionId: 'ses_1', messageId: 'msg_1' })
    expect(await statusOf(gone)).toMatchObject(
      oneThread({ status: 'interrupted', reason: 'server-lost', resumable: true }),
    )
  })
})

/** A workspace with a thread for each of these sessions. */
function withSessions(...sessions: SessionRecord[]): TestWorkspace {
  return makeWorkspace(sessions.map((one, index) => task({ id: `01.01.0${index + 1}.01`, sessions: [one] })))
}

/** A workspace whose one thread is recorded as running. */
function recorded(fields: Record<string, unknown> = {}): TestWorkspace {
  return withSessions({ ...running, ...fields })
}

async function look({ work }: TestWorkspace): Promise<{ json: unknown; stderr: string }> {
  const { json, stderr } = await work('status', '--json')
  return { json: json(), stderr }
}

/** What `status` sees, which it must not write. */
async function statusOf({ work, read }: TestWorkspace): Promise<unknown> {
  const before = read('work/001-demo/tasks.json')
  const { code, json } = await work('status', '--json', '--sessions')
  expect(code).toBe(0)
  expect(read('work/001-demo/tasks.json')).toBe(before)
  return json()
}

function resumable(...flags: boolean[]) {
  return { streams: [{ threads: flags.map((flag) => ({ resumable: flag })) }] }
}

function oneThread(fields: object) {
  return { streams: [{ threads: [fields] }] }
}

/** A process that runs until it is killed, or its test ends. */
async function startProcess({ home }: TestWorkspace) {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)'], {
    env: { HOME: home },
    stdio: 'ignore',
  })
  await once(child, 'spawn')
  return { pid: child.pid ?? 0, kill: () => child.kill('SIGKILL'), ended: once(child, 'exit') }
}
