import { readdirSync, readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { makeRepository, makeWorkspace, type TestWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { session, streamEntry, task, workIndex } from '../builders/records.ts'
import { failed, incomplete, statusOf } from '../helpers/status.ts'

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
