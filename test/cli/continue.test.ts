import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { TestWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { factsOf, makeFailed, makeUnrun, traceOf } from '../helpers/failed.ts'
import { linesOf, makeApproved, nodeAgent, sessionsOf, succeed } from '../helpers/scene.ts'
import { batchOf } from '../builders/plan.ts'

describe('work continue, where threads failed', () => {
  test('lists them, and without a terminal names the flags to continue', async () => {
    const workspace = await makeFailed()
    const before = factsOf(workspace)
    const { code, stdout, stderr } = await workspace.work('continue')
    expect(code).toBe(2)
    expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'Found 2 incomplete threads from previous run',
      '',
      expect.stringMatching(/^Thread +Status +Sessions +Last Agent +Name +Reason +When$/),
      expect.stringMatching(/^01\.01\.02 +failed +1 +default +Thread 02 +exit code 3 +.+$/),
      expect.stringMatching(/^01\.01\.03 +failed +1 +default +Thread 03 +exit code 3 +.+$/),
      '',
      '',
    ])
    expect(stderr).toMatch(/→ .*work continue --skip, work continue --fix --yes, or work fix --thread <id>/)
    expect(factsOf(workspace)).toEqual(before)
  })

  test.each([['--skip'], ['--yes']])('leaves them alone with %s, and runs the rest', async (flag) => {
    const workspace = await makeFailed()
    workspace.write('mended', '')
    const { code, stdout } = await workspace.work('continue', flag)
    expect(code).toBe(1)
    expect(traceOf(workspace).slice(3)).toEqual(['01.02.01 #1 default local/one fresh'])
    expect(stdout).toContain('Not retried: 01.01.02, 01.01.03\n  → work fix\n')
    expect(stdout).toContain('→ work approve stage 1 --force   despite unfinished threads')
    expect(sessionsOf(workspace, '01.01.02')).toHaveLength(1)
  })

  test('fixes each with --fix --yes in the best possible way, and then runs the rest', async () => {
    const workspace = await makeFailed()
    workspace.write('mended', '')
    const { code, stdout } = await workspace.work('continue', '--fix', '--yes')
    expect(code).toBe(0)
    // Both of the batch start at once; what follows starts last.
    const trace = traceOf(workspace).slice(3)
    expect(trace.at(-1)).toBe('01.02.01 #1 default local/one fresh')
    expect(trace.toSorted()).toEqual([
      '01.01.02 #2 default local/one resumed',
      '01.01.03 #2 default local/one resumed',
      '01.02.01 #1 default local/one fresh',
    ])
    expect(stdout).toContain('Stage 01 waits for your approval')
  })

  test('starts nothing more when they fail again', async () => {
    const workspace = await makeFailed()
    const { code, stdout } = await workspace.work('continue', '--fix', '--yes')
    expect(code).toBe(1)
    expect(stdout).toMatch(/✗ 01\.01\.02 +failed: exit code 3 +#2/)
    expect(stdout).toMatch(
      /\n\nNot every thread completed, so the rest was not started\.\n {2}→ work fix [^→]*\n$/,
    )
    expect(stdout.split('→')).toHaveLength(2)
    expect(
      traceOf(workspace)
        .slice(3)
        .map((line) => line.slice(0, 11))
        .toSorted(),
    ).toEqual(['01.01.02 #2', '01.01.03 #2'])
  })

  test('stops at a fix that can not be done, and says what can', async () => {
    const workspace = await makeFailed()
    workspace.write('work/agents.yaml', workspace.read('work/agents.yaml').replace('"default"', '"first"'))
    const before = factsOf(workspace)
    const { code, stderr } = await workspace.work('continue', '--fix', '--yes')
    expect(code).toBe(2)
    expect(stderr).toContain('Error: Agent "default" of the last session is no longer in work/agents.yaml')
    expect(stderr).toContain('  → work fix --thread 01.01.02 --agent <name>\n')
    expect(factsOf(workspace)).toEqual(before)
  })

  test('prints the result as JSON, and nothing else on standard output', async () => {
    const workspace = await makeFailed()
    workspace.write('mended', '')
    const skipped = await workspace.work('continue', '--skip', '--json')
    const sessionId = expect.stringMatching(/^cmd_/)
    expect(skipped.code).toBe(1)
    expect(skipped.json()).toEqual({
      action: 'continue',
      stream: '001-demo',
      batch: '02.01',
      status: 'completed',
      gate: '01',
      threads: [{ id: '01.02.01', status: 'completed', reason: null, sessionId, attempt: 1 }],
      skipped: ['01.01.02', '01.01.03'],
    })
    const fixed = await workspace.work('continue', '--fix', '--yes', '--json')
    expect(fixed.code).toBe(0)
    expect(fixed.json()).toMatchObject({
      action: 'continue',
      status: 'completed',
      threads: [
        { id: '01.01.02', status: 'completed', attempt: 2 },
        { id: '01.01.03', status: 'completed', attempt: 2 },
      ],
    })
    expect(fixed.stderr).toContain('Found 2 incomplete threads from previous run')
  })

  test('has failed, as JSON too, when one of them failed again, though the last did not', async () => {
    const workspace = await makeFailed()
    const agents = workspace.read('work/agents.yaml')
    workspace.write('work/agents.yaml', agents.replaceAll("=== '01.01.01' ||", "!== '01.01.02' ||"))
    const { code, json } = await workspace.work('continue', '--fix', '--yes', '--json')
    expect(json()).toMatchObject({
      status: 'failed',
      threads: [
        { id: '01.01.02', status: 'failed', attempt: 2 },
        { id: '01.01.03', status: 'completed', attempt: 2 },
      ],
    })
    expect(code).toBe(1)
  })

  test('takes no two ways at once', async () => {
    const workspace = await makeFailed()
    const { code, stderr } = await workspace.work('continue', '--skip', '--fix')
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("'--skip'") })
  })
})

test('interrupted sessions are resumed, and only failed threads are left out', async () => {
  const workspace = await makeUnrun()
  workspace.write('hold', '')
  const run = workspace.start(['multi', '--continue'])
  await until(() => traceOf(workspace).length === 3)
  run.kill('SIGINT')
  expect((await run.ended).code).toBe(130)
  workspace.write('go', '')
  workspace.write('mended', '')
  const { code, stdout } = await workspace.work('continue', '--skip')
  expect(code).toBe(0)
  expect(stdout).toContain('Found 3 incomplete threads from previous run')
  expect(stdout).not.toContain('Not retried')
  expect(traceOf(workspace).slice(3).toSorted()).toEqual([
    '01.01.01 #2 default local/one resumed',
    '01.01.02 #2 default local/one resumed',
    '01.01.03 #2 default local/one resumed',
    '01.02.01 #1 default local/one fresh',
  ])
})

test('where nothing failed it continues at once, and says so when everything is done', async () => {
  const workspace = await makeApproved(batchOf(2), nodeAgent('console.log("done")'))
  const { code, stdout } = await workspace.work('continue')
  expect(code).toBe(0)
  expect(stdout).not.toContain('Found')
  expect(stdout).toContain('are done.')
  expect(await succeed(workspace, 'continue')).toContain('Nothing is left to run: every thread is done.')
})

describe('work continue after work was killed', () => {
  const threads = ['01.01.01', '01.01.02', '01.01.03']

  async function makeKilled(): Promise<TestWorkspace> {
    const workspace = await makeUnrun()
    workspace.write('hold', '')
    const run = workspace.start(['multi', '--continue'])
    await until(() => threads.every((id) => sessionsOf(workspace, id)[0]?.process !== undefined))
    await until(() => traceOf(workspace).length === 3)
    run.kill('SIGKILL')
    expect((await run.ended).signal).toBe('SIGKILL')
    return workspace
  }

  test('supervises the running agents, each in its one attempt', async () => {
    const workspace = await makeKilled()
    const next = workspace.start(['continue'])
    await until(() => next.stdout.includes('from an earlier run: 01.01.01, 01.01.02, 01.01.03'))
    workspace.write('mended', '')
    workspace.write('go', '')
    expect((await next.ended).code).toBe(0)
    expect(
      traceOf(workspace)
        .map((line) => line.slice(0, 11))
        .toSorted(),
    ).toEqual([...threads.map((id) => `${id} #1`), '01.02.01 #1'])
    expect(threads.map((id) => sessionsOf(workspace, id).map(({ status }) => status))).toEqual([
      ['completed'],
      ['completed'],
      ['completed'],
    ])
  })

  test('first records those that ended in the meantime', async () => {
    const workspace = await makeKilled()
    workspace.write('go', '')
    const ends = threads.map((id) => `work/001-demo/logs/${id}/1.exit.json`)
    await until(() => ends.every((path) => linesOf(workspace, path).length > 0))
    expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'running' }])

    const { code, stdout } = await workspace.work('continue')
    expect(code).toBe(2)
    expect(stdout).toContain('Found 2 incomplete threads from previous run')
    expect(threads.map((id) => sessionsOf(workspace, id))).toMatchObject([
      [{ status: 'completed', exitCode: 0 }],
      [{ status: 'failed', reason: 'exit', exitCode: 3, detail: expect.stringContaining('port 3000') }],
      [{ status: 'failed', reason: 'exit', exitCode: 3 }],
    ])
    expect(traceOf(workspace)).toHaveLength(3)
  })
})

test('a session of an old file that was left running months ago is offered as interrupted', async () => {
  const plan = batchOf(2).replace(': Thread 01', ': Parser').replace(': Thread 02', ': Printer')
  const workspace = await makeApproved(plan, nodeAgent('console.log("done")'))
  const old = readFileSync(new URL('../fixtures/state/v1-sessions/tasks.json', import.meta.url), 'utf8')
  workspace.write('work/001-demo/tasks.json', old)
  const { code, stdout } = await workspace.work('continue')
  expect(code).toBe(2)
  expect(stdout).toContain('Found 1 incomplete thread from previous run')
  expect(stdout).toMatch(/^01\.01\.01 +interrupted +3 +default +Parser +process lost/m)
})
