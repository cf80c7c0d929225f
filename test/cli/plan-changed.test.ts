import { describe, expect, test } from 'vitest'
import { planHash } from '../../src/approval/gate.ts'
import type { TestWorkspace } from '../helpers/cli.ts'
import { linesOf, makeApproved, nodeAgent, remake, sessionsOf, succeed, tasksOf } from '../helpers/scene.ts'

const plan = 'work/001-demo/PLAN.md'
const agents = nodeAgent(
  `import { appendFileSync, readFileSync } from 'node:fs'
   const title = readFileSync(0, 'utf8').split('\\n').find((line) => line.startsWith('"'))
   appendFileSync('trace', process.env.WORK_THREAD + ' ' + title.split('"')[1] + '\\n')`,
)

/** Stages by name, each with one batch of threads, which have one step. Threads are on lines 21, 25, 29 … of the first. */
function planText(stages: Record<string, string[]>): string {
  return [
    '# Plan: Demo\n\n## Summary\n\nS.\n\n## Stages\n',
    ...Object.entries(stages).flatMap(([name, threads], index) => [
      `### Stage ${index + 1}: ${name}\n\n#### Stage Batches\n\n##### Batch 01: Batch\n`,
      ...threads.map(
        (thread, at) => `###### Thread ${at + 1}: ${thread}\n\n**Details:**\n- [ ] do ${thread}\n`,
      ),
    ]),
  ].join('\n')
}

/** `plan alpha beta`, of which 01.01.01 ran. */
function makeRan(): Promise<TestWorkspace> {
  return remake('plan alpha beta', async () => {
    const workspace = await makeApproved(planText({ A: ['alpha', 'beta'] }), agents)
    await succeed(workspace, 'execute', '--thread', '01.01.01')
    return workspace
  })
}

async function refused(workspace: TestWorkspace, ...args: string[]) {
  const before = [workspace.read('work/001-demo/tasks.json'), workspace.read('work/index.json')]
  const { code, stderr, stdout } = await workspace.work(...args)
  expect(code, stdout + stderr).toBe(1)
  expect([workspace.read('work/001-demo/tasks.json'), workspace.read('work/index.json')]).toEqual(before)
  return stdout + stderr
}

describe('a thread that was replaced in PLAN.md after it ran', () => {
  test('is named with its line, and nothing is approved or run until the user says what it is', async () => {
    const workspace = await makeRan()
    workspace.write(plan, planText({ A: ['gamma', 'beta'] }))
    const named = '~ 01.01.01 "gamma" (PLAN.md:15): was "alpha"'
    for (const args of [
      ['check', 'plan'],
      ['validate', 'plan'],
      ['approve', 'plan'],
    ]) {
      const said = await refused(workspace, ...args)
      expect(said).toContain(named)
      expect(said).toContain('work approve plan --new 01.01.01')
    }
    await refused(workspace, 'multi', '--continue')
    await refused(workspace, 'fix', '--thread', '01.01.01', '--retry', '--force', '--yes')
    const status = await workspace.work('status')
    expect(status.stdout).toContain('33%')
    expect(status.stdout).toMatch(/01\.01\.01 {2}gamma +○ pending/)
  })

  test('as a new one runs, and what was recorded of the old one is kept beside', async () => {
    const workspace = await makeRan()
    workspace.write(plan, planText({ A: ['gamma', 'beta'] }))
    await succeed(workspace, 'approve', 'plan', '--new', '1.1.1')
    await succeed(workspace, 'approve', 'tasks')
    await succeed(workspace, 'multi', '--continue')
    expect(linesOf(workspace, 'trace').slice(1).toSorted()).toEqual(['01.01.01 gamma', '01.01.02 beta'])
    expect(tasksOf(workspace).dropped_threads).toMatchObject([{ id: '01.01.01', name: 'alpha' }])
    expect((await workspace.work('status')).stdout).toContain('100%')
  })

  test('as the same one with another name keeps its history', async () => {
    const workspace = await makeRan()
    workspace.write(plan, planText({ A: ['gamma', 'beta'] }))
    await succeed(workspace, 'approve', 'plan', '--renamed', '01.01.01')
    expect(sessionsOf(workspace, '01.01.01')).toHaveLength(1)
    expect(tasksOf(workspace).tasks[0]).toMatchObject({ thread_name: 'gamma', status: 'completed' })
  })
})

test('a thread put in front of others that ran: --renumber keeps their history with them', async () => {
  const workspace = await makeRan()
  workspace.write(plan, planText({ A: ['gamma', 'alpha', 'beta'] }))
  expect(await refused(workspace, 'approve', 'plan')).toContain(
    '> 01.01.02 "alpha" (PLAN.md:20): moved, was 01.01.01',
  )
  await succeed(workspace, 'approve', 'plan', '--renumber')
  await succeed(workspace, 'approve', 'tasks')
  await succeed(workspace, 'multi', '--continue')
  expect(linesOf(workspace, 'trace').toSorted()).toEqual([
    '01.01.01 alpha',
    '01.01.01 gamma',
    '01.01.03 beta',
  ])
  expect((await workspace.work('session', 'logs', '01.01.02')).code).toBe(0)
  expect((await workspace.work('status')).stdout).toContain('100%')
})

test('the approval of a stage stays with it when another is put in front', async () => {
  const workspace = await makeApproved(planText({ A: ['alpha'] }), agents)
  await succeed(workspace, 'multi', '--continue')
  await succeed(workspace, 'approve', 'stage', '1')
  workspace.write(plan, planText({ New: ['gamma'], A: ['alpha'] }))
  await succeed(workspace, 'approve', 'plan', '--renumber')
  expect(JSON.parse((await workspace.work('approve', '--json')).stdout)).toMatchObject({
    stages: { '2': 'approved' },
  })
  expect(workspace.read('work/index.json')).not.toContain('"1": {')
  await succeed(workspace, 'approve', 'tasks')
  await succeed(workspace, 'multi', '--continue')
  expect(linesOf(workspace, 'trace')).toEqual(['01.01.01 alpha', '01.01.01 gamma'])
})

describe('a thread that was removed from PLAN.md', () => {
  test('is named at approval, and when it is dropped it does not run', async () => {
    const workspace = await makeRan()
    workspace.write(plan, planText({ A: ['alpha'] }))
    const said = await refused(workspace, 'approve', 'plan')
    expect(said).toContain('- 01.01.02 "beta": not in PLAN.md, was on line 20')
    expect(said).toContain('--drop 01.01.02 · keep it: --keep 01.01.02')
    await succeed(workspace, 'approve', 'plan', '--drop', '01.01.02')
    await succeed(workspace, 'multi', '--continue')
    expect(linesOf(workspace, 'trace')).toEqual(['01.01.01 alpha'])
  })

  test('when it is kept runs, and nobody is asked again', async () => {
    const workspace = await makeRan()
    workspace.write(plan, planText({ A: ['alpha'] }))
    await succeed(workspace, 'approve', 'plan', '--keep', '01.01.02')
    await succeed(workspace, 'approve', 'plan')
    await succeed(workspace, 'multi', '--continue')
    expect(linesOf(workspace, 'trace')).toEqual(['01.01.01 alpha', '01.01.02 beta'])
  })
})

test('an approval that was cut off between tasks.json and index.json is completed by the same command', async () => {
  const workspace = await makeApproved(planText({ A: ['alpha'] }), agents)
  await succeed(workspace, 'multi', '--continue')
  await succeed(workspace, 'approve', 'stage', '1')
  const index = workspace.read('work/index.json')
  workspace.write(plan, planText({ New: ['gamma'], A: ['alpha'] }))
  await succeed(workspace, 'approve', 'plan', '--renumber')
  workspace.write('work/index.json', index)
  await refused(workspace, 'multi', '--continue')
  await refused(workspace, 'approve', 'stage', '1', '--force')
  await succeed(workspace, 'approve', 'plan', '--renumber')
  expect(JSON.parse((await workspace.work('approve', '--json')).stdout)).toMatchObject({
    stages: { '2': 'approved' },
  })
})

test('a plan that an earlier version approved over recorded threads is not run, and not shown as done', async () => {
  const workspace = await makeRan()
  await succeed(workspace, 'multi', '--continue')
  const text = planText({ A: ['gamma', 'beta'] })
  workspace.write(plan, text)
  const { plan: _, ...tasks } = tasksOf(workspace)
  workspace.write('work/001-demo/tasks.json', JSON.stringify(tasks))
  const index = workspace
    .read('work/index.json')
    .replace(/"plan_hash": "[^"]*"/, `"plan_hash": "${planHash(text)}"`)
  workspace.write('work/index.json', index)
  const named = '~ 01.01.01 "gamma" (PLAN.md:15): was "alpha"'
  expect(await refused(workspace, 'multi', '--continue')).toContain(named)
  expect(await refused(workspace, 'fix', '--thread', '01.01.01', '--retry', '--force', '--yes')).toContain(
    named,
  )
  expect(await refused(workspace, 'approve', 'plan')).toContain(named)
  const { stdout } = await workspace.work('status')
  expect(stdout).toContain('66%')
  expect(stdout).toContain(named)
})
