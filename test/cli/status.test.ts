import { describe, expect, it } from 'vitest'
import { makeRepository, makeWorkspace } from '../helpers/cli.ts'
import { session, streamEntry, task, workIndex } from '../builders/records.ts'
import { failed, incomplete } from '../helpers/status.ts'

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
