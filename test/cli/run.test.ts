import { describe, expect, test } from 'vitest'
import { answer, untilShown } from '../helpers/dialog.ts'
import { factsOf, makeFailed, makeUnrun, traceOf } from '../helpers/failed.ts'
import { makeApproved, succeed } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { planText } from '../builders/plan.ts'
import { agents, makeDraft, twoStages } from '../helpers/draft.ts'

describe('work run without a terminal', () => {
  test('is refused while the plan is not approved, and names the command that approves it', async () => {
    const workspace = await makeDraft()
    const { code, stderr } = await workspace.work('run')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Error: The plan of 001-demo is not approved.\n  → work approve plan\n',
    })
    // `--yes` answers questions about failed threads, and approves nothing.
    expect((await workspace.work('run', '--yes')).code).toBe(1)
    expect(traceOf(workspace)).toEqual([])
  })

  test('runs batch after batch up to the end of the stage, and then the next one when that is approved', async () => {
    const workspace = await makeApproved(twoStages, agents)
    expect(await succeed(workspace, 'run')).toContain(
      'Stage 01 waits for your approval before the next stage starts.\n  → work approve stage 1\n',
    )
    expect(traceOf(workspace).toSorted()).toEqual(['01.01.01', '01.01.02'])
    await succeed(workspace, 'approve', 'stage', '1')
    await succeed(workspace, 'run')
    expect(traceOf(workspace).at(-1)).toBe('02.01.01')
    expect(await succeed(workspace, 'run')).toContain('Nothing is left to run: every thread is done.')
  })

  test.each([
    [['1'], ['01.01.01', '01.01.02', '01.01.03', '01.02.01']],
    [
      ['--stage', '01'],
      ['01.01.01', '01.01.02', '01.01.03', '01.02.01'],
    ],
    [['1.1'], ['01.01.01', '01.01.02', '01.01.03']],
    [
      ['--batch', '01.01'],
      ['01.01.01', '01.01.02', '01.01.03'],
    ],
    [['1.1.2'], ['01.01.02']],
    [
      ['--thread', '01.01.03', '01.01.01'],
      ['01.01.01', '01.01.03'],
    ],
  ])('runs only what is named: %j', async (args, threads) => {
    const workspace = await makeUnrun()
    workspace.write('mended', '')
    await succeed(workspace, 'run', ...args)
    expect(
      traceOf(workspace)
        .map((line) => line.slice(0, 8))
        .toSorted(),
    ).toEqual(threads)
  })

  test.each([
    [['9'], 'stage-not-found'],
    [['1.9'], 'batch-not-found'],
    [['1.1.9'], 'thread-not-found'],
    [['1.2'], 'batch-not-next'],
    [['1.1.1.1'], 'bad-id'],
    [['first'], 'bad-id'],
    [['1.1', '1.1.2'], 'usage'],
    [['--agent', 'reviewer'], 'usage'],
    [['--retry-failed', '--skip-failed'], 'usage'],
  ])('refuses %j: %s, and starts nothing', async (args, code) => {
    const workspace = await makeUnrun()
    const refused = await workspace.work('run', ...args, '--json')
    expect(refused.code).toBe(2)
    expect(refused.json()).toMatchObject({ error: { code } })
    expect(traceOf(workspace)).toEqual([])
  })

  test('is not for agents', async () => {
    const workspace = await makeUnrun()
    const { code, stderr } = await workspace.run(['run'], { env: { WORKSTREAM_ROLE: 'AGENT' } })
    expect(code).toBe(2)
    expect(stderr).toContain('Access denied: starting threads is up to the user.')
    expect(traceOf(workspace)).toEqual([])
  })
})

describe('work run, where threads failed, without a terminal', () => {
  test('starts nothing, and names the flags that say what to do', async () => {
    const workspace = await makeFailed()
    const before = factsOf(workspace)
    const { code, stdout, stderr } = await workspace.work('run')
    expect(code).toBe(2)
    expect(stdout).toContain('Found 2 incomplete threads from previous run')
    expect(stderr).toContain('→ work run --retry-failed, work run --skip-failed, or work fix --thread <id>')
    expect(factsOf(workspace)).toEqual(before)
  })

  test('retries them with --retry-failed, and runs the rest', async () => {
    const workspace = await makeFailed()
    workspace.write('mended', '')
    await succeed(workspace, 'run', '--retry-failed')
    expect(traceOf(workspace).slice(3).toSorted()).toEqual([
      '01.01.02 #2 default local/one fresh',
      '01.01.03 #2 default local/one fresh',
      '01.02.01 #1 default local/one fresh',
    ])
  })

  test.each(['--skip-failed', '--yes'])('leaves them with %s, and runs the rest', async (flag) => {
    const workspace = await makeFailed()
    workspace.write('mended', '')
    expect((await workspace.work('run', flag)).code).toBe(1)
    expect(traceOf(workspace).slice(3)).toEqual(['01.02.01 #1 default local/one fresh'])
  })

  test('retries one that is named', async () => {
    const workspace = await makeFailed()
    workspace.write('mended', '')
    await succeed(workspace, 'run', '1.1.2', '--agent', 'reviewer')
    expect(traceOf(workspace).at(-1)).toBe('01.01.02 #2 reviewer  fresh')
  })

  test.each([
    [[], ['01.02.01', '02.01.01']],
    [['--retry-failed'], ['01.01.02', '01.01.03', '01.02.01', '02.01.01']],
  ])('shows with --dry-run %j what would be run, and runs nothing', async (args, threads) => {
    const workspace = await makeFailed()
    const before = factsOf(workspace)
    const { json } = await workspace.work('run', '--dry-run', '--json', ...args)
    expect(json()).toMatchObject({ action: 'run', dryRun: true })
    expect(JSON.stringify(json()).match(/"id":"\d\d\.\d\d\.\d\d"/g)).toEqual(
      threads.map((id) => `"id":"${id}"`),
    )
    expect(factsOf(workspace)).toEqual(before)
  })
})

describe('work approve without a target', () => {
  test('approves plan and tasks in one step with --yes, and says so again when nothing is open', async () => {
    const workspace = await makeDraft()
    expect(await succeed(workspace, 'approve', '--yes')).toBe(
      'Plan approved: 3 threads with 4 tasks.\n  → work run\n',
    )
    expect(await succeed(workspace, 'approve', '--yes')).toBe(
      'The plan and its tasks are already approved.\n  → work run\n',
    )
    await succeed(workspace, 'run')
  })

  test('asks once on a terminal, after it has shown the plan as a tree', async () => {
    const workspace = await makeDraft()
    const terminal = openTerminal(workspace, { rows: 60 })
    await answer(terminal, 'approve', [['Approve the plan and its tasks?', 'y']])
    await untilShown(terminal, '\nexit code 0')
    expect(terminal.screen()).toContain('01.01.02 Thread 02 (2)')
    expect(terminal.screen()).toContain('Plan approved: 3 threads with 4 tasks.')
  })

  test('refuses open questions with --yes, and changes nothing', async () => {
    const workspace = await makeDraft(planText([[[['Ship']]]], { questions: '- [ ] Which port?' }))
    const before = workspace.read('work/index.json')
    const { code, stderr } = await workspace.work('approve', '--yes')
    expect(code).toBe(1)
    expect(stderr).toContain('stage 01: Which port?')
    expect(workspace.read('work/index.json')).toBe(before)
  })

  test('is not for agents', async () => {
    const workspace = await makeDraft()
    const { code } = await workspace.run(['approve', '--yes'], { env: { WORKSTREAM_ROLE: 'AGENT' } })
    expect(code).toBe(2)
  })
})
