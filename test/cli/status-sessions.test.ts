import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { identify } from '../../src/process/identity.ts'
import type { SessionRecord } from '../../machines/session.ts'
import { makeRepository, makeWorkspace, type TestWorkspace } from '../helpers/cli.ts'
import { agentsYaml } from '../builders/agents.ts'
import { session, streamEntry, task, tasksFile, workIndex } from '../builders/records.ts'
import { failed, statusOf } from '../helpers/status.ts'

const running = session({ status: 'running', token: 'token-1', log: 'work/001-demo/logs/01.01.01/1' })

describe('which sessions can be resumed', () => {
  const { runner: _, ...versionOne } = failed

  it('depends on the runner, and for a command on its agent', async () => {
    const workspace = withSessions(
      session({ status: 'interrupted', reason: 'lost' }),
      session({ status: 'interrupted', reason: 'lost', agentName: 'gone' }),
      session({ status: 'failed', reason: 'agent-missing' }),
      { ...failed, runner: 'opencode', agentName: 'cloud', usage: {} },
      versionOne,
      { ...failed, runner: 'opencode', agentName: 'cloud' },
      { ...failed, runner: 'opencode', usage: {} },
    )
    workspace.write('work/agents.yaml', {
      agents: [
        { name: 'default', runner: 'command', command: ['true'], resume_command: ['true', '--again'] },
        { name: 'cloud', models: ['local/m1'] },
      ],
    })
    const { json, stderr } = await look(workspace)
    expect(json).toMatchObject(resumable(true, false, false, true, false, false, false))
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
    const gone = recorded({ runner: 'opencode', sessionId: 'ses_1', messageId: 'msg_1', log: 'work/logs/1' })
    gone.write('work/agents.yaml', { agents: [{ name: 'default', models: ['local/m1'] }] })
    gone.write('work/logs/1.prompted.md', 'Do it.')
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
