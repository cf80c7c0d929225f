import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { originAt } from '../../src/process/origin.ts'
import { makeApproved, nodeAgent, sessionsOf, succeed, tasksOf } from '../helpers/scene.ts'
import { batchOf, planText } from '../builders/plan.ts'
import { trace, traces } from '../helpers/traces.ts'

describe('work multi', () => {
  test('runs batch after batch up to the gate, and the rest after approval', async () => {
    const plan = planText([[[['A'], ['B']], [['C']]], [[['D']]]])
    const workspace = await makeApproved(plan, nodeAgent(trace))
    const first = await workspace.work('multi', '--continue')
    expect(first.code).toBe(0)
    expect(first.stdout).toMatch(/^\d\d:\d\d:\d\d 01\.01\.01 started \(agent default, attempt 1\)$/m)
    expect(first.stdout).toMatch(/01\.02\.01 completed in/)
    expect(first.stdout).toContain('work approve stage 1')
    expect(
      traces(workspace)
        .map((line) => line.slice(0, 8))
        .toSorted(),
    ).toEqual(['01.01.01', '01.01.02', '01.02.01'])
    expect(traces(workspace).at(-1)).toContain('01.02.01')

    const gated = await workspace.work('multi', '--continue', '--json')
    expect(gated.code).toBe(1)
    expect(gated.json()).toMatchObject({ action: 'multi', batch: '02.01', gate: '01', threads: [] })
    await succeed(workspace, 'approve', 'stage', '1')

    const second = await workspace.work('multi', '--continue', '--json')
    expect(second.code).toBe(0)
    const [session] = sessionsOf(workspace, '02.01.01')
    expect(second.json()).toEqual({
      action: 'multi',
      stream: '001-demo',
      batch: '02.01',
      status: 'completed',
      gate: null,
      threads: [
        { id: '02.01.01', status: 'completed', reason: null, sessionId: session?.sessionId, attempt: 1 },
      ],
    })
    expect(await succeed(workspace, 'multi', '--continue')).toContain('Nothing is left to run')
  })

  test('records what truly happened', async () => {
    const workspace = await makeApproved(batchOf(1), nodeAgent(`${trace}console.log('all well')`))
    await succeed(workspace, 'multi', '--batch', '1.1')
    const { tasks, threads } = tasksOf(workspace)
    expect(tasks).toMatchObject([{ id: '01.01.01.01', status: 'completed' }])
    expect(tasks[0]).not.toHaveProperty('currentSessionId')
    expect(tasks[0]?.sessions).toEqual([
      {
        sessionId: expect.stringMatching(/^cmd_/),
        agentName: 'default',
        model: '',
        attempt: 1,
        runner: 'command',
        mode: 'fresh',
        token: expect.any(String),
        origin: originAt(workspace.root),
        doneWhen: 'exit',
        cwd: '.',
        log: 'work/001-demo/logs/01.01.01/1',
        startedAt: expect.any(String),
        completedAt: expect.any(String),
        status: 'completed',
        exitCode: 0,
        detail: 'all well',
        process: {
          pid: expect.any(Number),
          startTicks: expect.any(String),
          host: expect.any(String),
          bootId: expect.any(String),
          pidNamespace: originAt(workspace.root).pidNamespace,
        },
      },
    ])
    expect(traces(workspace)).toEqual([`01.01.01 1 ${sessionsOf(workspace, '01.01.01')[0]?.sessionId}`])
    expect(threads['01.01.01']).toMatchObject({
      machine: 'thread',
      version: 2,
      snapshot: {
        status: 'active',
        value: 'completed',
        context: { threadId: '01.01.01', settledBy: 'session' },
      },
    })
    expect(JSON.stringify(threads)).not.toContain('sessions')
    const log = join(workspace.root, 'work/001-demo/logs/01.01.01/1')
    expect(readFileSync(`${log}.log`, 'utf8')).toBe('all well\n')
    expect(JSON.parse(readFileSync(`${log}.exit.json`, 'utf8'))).toMatchObject({ code: 0, signal: null })
    expect(readFileSync(`${log}.prompt.md`, 'utf8')).toContain('- [ ] 01.01.01.01 Step of thread 1')
  })

  test('halts after the batch in which a thread failed, and tries that one again', async () => {
    const plan = planText([[[['A'], ['B']], [['C']]]])
    const failsOnce = `${trace}if (WORK_THREAD === '01.01.02' && WORK_ATTEMPT === '1') { console.error('no luck'); process.exit(7) }`
    const workspace = await makeApproved(plan, nodeAgent(failsOnce))
    const first = await workspace.work('multi', '--continue')
    expect(first.code).toBe(1)
    expect(first.stdout).toContain('01.01.02 failed: exit code 7')
    expect(first.stdout).toContain('no luck')
    expect(first.stdout).toContain('work fix')
    expect(traces(workspace).some((line) => line.startsWith('01.02.01'))).toBe(false)
    expect(sessionsOf(workspace, '01.01.02')).toMatchObject([
      { status: 'failed', reason: 'exit', exitCode: 7, detail: 'no luck' },
    ])
    expect(tasksOf(workspace).tasks[1]).toMatchObject({ status: 'pending' })

    const second = await workspace.work('multi', '--continue', '--json')
    expect(second.code).toBe(0)
    expect(sessionsOf(workspace, '01.01.02')).toMatchObject([
      { attempt: 1, status: 'failed' },
      { attempt: 2, status: 'completed', mode: 'fresh' },
    ])
    expect(traces(workspace).filter((line) => line.startsWith('01.01.01'))).toHaveLength(1)
    const prompt = workspace.read('work/001-demo/logs/01.01.02/2.prompt.md')
    expect(prompt).toContain('## Attempt 2')
    expect(prompt).toContain('exit code 7')
    expect(prompt).toContain('no luck')
  })

  test('believes the tasks and not the exit code of an agent that is done when its tasks are', async () => {
    const plan = batchOf(3)
    const code = `
import { execFileSync } from 'node:child_process'
const { WORK_THREAD } = process.env
const update = (status) => execFileSync('work', ['update', '--thread', WORK_THREAD, '--status', status])
if (WORK_THREAD === '01.01.01') console.log('looks done to me')
if (WORK_THREAD === '01.01.03') { update('completed'); process.exit(1) }`
    const workspace = await makeApproved(plan, nodeAgent(code, { done_when: 'tasks' }))
    const result = await workspace.work('multi', '--continue', '--json')
    expect(result.code).toBe(1)
    expect(result.json()).toMatchObject({
      status: 'failed',
      threads: [
        { id: '01.01.01', status: 'failed', reason: 'incomplete' },
        { id: '01.01.02', status: 'failed', reason: 'no-output' },
        { id: '01.01.03', status: 'completed', reason: null },
      ],
    })
    expect(sessionsOf(workspace, '01.01.03')).toMatchObject([
      { status: 'completed', exitCode: 1, detail: expect.stringContaining('exit code is 1') },
    ])
    expect(await succeed(workspace, 'status')).toContain('incomplete')
  })

  test('names an executable that is missing, and leaves no session running', async () => {
    const agents = JSON.stringify({
      agents: [{ name: 'default', runner: 'command', command: ['no-such-agent-here'] }],
    })
    const workspace = await makeApproved(batchOf(1), agents)
    const result = await workspace.work('multi', '--continue')
    expect(result.code).toBe(1)
    expect(result.stdout).toContain('no-such-agent-here')
    expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'failed', reason: 'agent-missing' }])
    expect(tasksOf(workspace).tasks[0]).not.toHaveProperty('currentSessionId')
  })

  test('prints a line of reasonable length for an agent with an endless last line', async () => {
    const flood = "process.stderr.write('x'.repeat(1e6)); process.exitCode = 3"
    const workspace = await makeApproved(batchOf(1), nodeAgent(flood))
    const { stdout } = await workspace.work('multi', '--continue')
    expect(stdout).toContain('xxxxx')
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(300)
  })

  test('gives no text to a shell', async () => {
    const agents = JSON.stringify({
      agents: [
        {
          name: 'default',
          runner: 'command',
          command: [
            process.execPath,
            '--eval',
            'console.log(JSON.stringify(process.argv.slice(1)))',
            '$(touch hacked)',
            '; touch hacked',
            "it's `here`",
          ],
        },
      ],
    })
    const workspace = await makeApproved(planText([[[['$(touch hacked)']]]]), agents)
    await succeed(workspace, 'multi', '--continue')
    const log = workspace.read('work/001-demo/logs/01.01.01/1.log')
    expect(JSON.parse(log)).toEqual(['$(touch hacked)', '; touch hacked', "it's `here`"])
    expect(() => workspace.read('hacked')).toThrow('ENOENT')
  })

  test('shows what it would run, and runs nothing', async () => {
    const plan = planText([[[['A']]], [[['B']]]])
    const workspace = await makeApproved(plan, nodeAgent(trace))
    const before = workspace.read('work/001-demo/tasks.json')
    const words = await succeed(workspace, 'multi', '--continue', '--dry-run', '--parallel', '2')
    expect(words).toContain('001-demo: up to 2 threads at a time')
    expect(words).toMatch(/01\.01\.01 +Thread 01 +start +default/)
    expect(words).toContain('needs: work approve stage 1')
    const json = await workspace.work('multi', '--batch', '01.01', '--dry-run', '--json')
    expect(json.json()).toMatchObject({
      action: 'multi',
      dryRun: true,
      parallel: 4,
      batches: [
        {
          id: '01.01',
          gate: null,
          threads: [{ id: '01.01.01', action: 'start', agent: { name: 'default' }, attempt: 1 }],
        },
      ],
    })
    expect(workspace.read('work/001-demo/tasks.json')).toBe(before)
    expect(traces(workspace)).toEqual([])
  })

  test.each([
    [['multi'], 'usage'],
    [['multi', '--batch', '01.01', '--continue'], 'usage'],
    [['multi', '--batch', 'first'], 'bad-id'],
    [['multi', '--batch', '01.09'], 'batch-not-found'],
    [['multi', '--batch', '01.02'], 'batch-not-next'],
    [['multi', '--continue', '--parallel', '0'], 'usage'],
    [['execute', '--thread', '01.01.09'], 'thread-not-found'],
    [['execute', '--thread', '01.01.01', '--agent', 'nobody'], 'agent-not-found'],
    [['multi', '--contniue'], 'usage'],
  ])('%j is refused: %s', async (args, code) => {
    const workspace = await makeApproved(planText([[[['A']], [['B']]]]), nodeAgent(trace))
    const result = await workspace.work(...args, '--json')
    expect(result.code).toBe(2)
    expect(result.json()).toMatchObject({ error: { code, hint: expect.any(String) } })
    expect(traces(workspace)).toEqual([])
  })

  test('never has more agents alive than --parallel says, whatever the batch', async () => {
    const code = `
import { mkdirSync, readdirSync, appendFileSync, rmdirSync } from 'node:fs'
mkdirSync('alive', { recursive: true })
mkdirSync('alive/' + process.pid)
appendFileSync('counts', readdirSync('alive').length + '\\n')
rmdirSync('alive/' + process.pid)`
    const workspace = await makeApproved(batchOf(40), nodeAgent(code))
    await succeed(workspace, 'multi', '--continue', '--parallel', '3')
    const counts = workspace.read('counts').trim().split('\n').map(Number)
    expect(counts).toHaveLength(40)
    expect(Math.max(...counts)).toBeLessThanOrEqual(3)
    const starts = tasksOf(workspace).tasks.map((task) => task.sessions?.[0]?.startedAt ?? '')
    expect(starts).toEqual(starts.toSorted())
  })
})
