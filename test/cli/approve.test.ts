import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeRepository, makeWorkspace } from '../helpers/cli.ts'
import { makeApproved, nodeAgent, succeed, tasksOf } from '../helpers/scene.ts'
import { streamEntry, task, workIndex } from '../builders/records.ts'
import { batchOf, planText } from '../builders/plan.ts'

const agents = nodeAgent('')

describe('work approve', () => {
  test('leads from a plan to tasks and prompts', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    await succeed(workspace, 'create', 'demo')
    workspace.write('work/001-demo/PLAN.md', batchOf(2))
    expect(await succeed(workspace, 'approve', 'plan')).toContain('work/001-demo/TASKS.md')
    expect(workspace.read('work/001-demo/TASKS.md')).toContain('- [ ] Task 01.01.02.01: Step of thread 2')
    expect(await succeed(workspace, 'approve', 'tasks')).toContain('2 new tasks')
    expect(existsSync(workspace.stream.tasksMd)).toBe(false)
    expect(tasksOf(workspace).tasks.map(({ id, name, status }) => ({ id, name, status }))).toEqual([
      { id: '01.01.01.01', name: 'Step of thread 1', status: 'pending' },
      { id: '01.01.02.01', name: 'Step of thread 2', status: 'pending' },
    ])
    expect(tasksOf(workspace).tasks[0]).not.toHaveProperty('line')
    const prompt = readFileSync(
      join(workspace.stream.prompts, '01-stage-01/01-batch-01/02-thread-02.md'),
      'utf8',
    )
    expect(prompt).toContain('- [ ] 01.01.02.01 Step of thread 2')
    expect((await workspace.work('approve', '--json')).json()).toEqual({
      stream: '001-demo',
      plan: 'approved',
      tasks: 'approved',
      stages: {},
    })
  })

  test('uses what the user changed in TASKS.md', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    await succeed(workspace, 'create', 'demo')
    workspace.write('work/001-demo/PLAN.md', batchOf(1))
    await succeed(workspace, 'approve', 'plan')
    const text = workspace.read('work/001-demo/TASKS.md')
    workspace.write(
      'work/001-demo/TASKS.md',
      text
        .replace('#### Thread 01: Thread 01', '#### Thread 01: Thread 01 @agent:reviewer')
        .replace('- [ ] Task', '- [x] Task')
        .concat('- [!] Task 01.01.01.02: One more\n  > Report: Somebody has to say yes.\n'),
    )
    await succeed(workspace, 'approve', 'tasks')
    expect(tasksOf(workspace).tasks).toMatchObject([
      { id: '01.01.01.01', status: 'completed', assigned_agent: 'reviewer' },
      { id: '01.01.01.02', status: 'blocked', report: 'Somebody has to say yes.' },
    ])
  })

  test('refuses a TASKS.md with errors, and changes nothing', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    await succeed(workspace, 'create', 'demo')
    workspace.write('work/001-demo/PLAN.md', batchOf(1))
    await succeed(workspace, 'approve', 'plan')
    const wrong = `${workspace.read('work/001-demo/TASKS.md')}\n#### Thread 09: Stray\n- [ ] Task 01.01.09.01: Not planned\n- [ ] no id\n`
    workspace.write('work/001-demo/TASKS.md', wrong)
    const result = await workspace.work('approve', 'tasks')
    expect(result.code).toBe(2)
    expect(result.stderr).toContain('Task 01.01.09.01 belongs to a thread that PLAN.md does not have')
    expect(result.stderr).toMatch(/TASKS\.md:\d+: .*id/i)
    expect(workspace.read('work/001-demo/TASKS.md')).toBe(wrong)
    expect(existsSync(workspace.stream.tasks)).toBe(false)
  })

  test('asks for answers to open questions first, and can be forced', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    await succeed(workspace, 'create', 'demo')
    workspace.write(
      'work/001-demo/PLAN.md',
      planText([[[['Step']]]], { questions: '- [ ] Which colour?\n- [x] Size? Small.' }),
    )
    const refused = await workspace.work('approve', 'plan', '--json')
    expect(refused.code).toBe(1)
    expect(refused.json()).toMatchObject({ error: { code: 'open-questions' } })
    expect(refused.stderr).toContain('Which colour?')
    expect(refused.stderr).not.toContain('Size?')
    await succeed(workspace, 'approve', 'plan', '--force')
  })

  test('is not for agents', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    await succeed(workspace, 'create', 'demo')
    workspace.write('work/001-demo/PLAN.md', batchOf(1))
    const result = await workspace.run(['approve', 'plan'], { env: { WORKSTREAM_ROLE: 'AGENT' } })
    expect(result.code).toBe(2)
    expect(result.stderr).toContain('is up to the user')
    expect(result.stderr).toContain('work approve plan')
    expect(workspace.read('work/index.json')).not.toContain('approved')
  })

  test('can be revoked with a reason, and then nothing runs', async () => {
    const workspace = await makeApproved(batchOf(1), agents)
    await succeed(workspace, 'approve', 'tasks', '--revoke', '--reason', 'too many')
    const tasksGone = await workspace.work('multi', '--continue')
    expect(tasksGone.code).toBe(1)
    expect(tasksGone.stderr).toContain('too many')
    expect(tasksGone.stderr).toContain('work approve tasks')
    await succeed(workspace, 'approve', 'tasks')
    await succeed(workspace, 'approve', 'plan', '--revoke')
    expect((await workspace.work('execute', '--thread', '01.01.01')).stderr).toContain('work approve plan')
    expect((await workspace.work('approve', 'plan', '--revoke')).code).toBe(2)
  })

  test('opens a stage only when it is done, or by force', async () => {
    const workspace = await makeApproved(planText([[[['One']]], [[['Two']]]]), agents)
    const early = await workspace.work('approve', 'stage', '1')
    expect(early.code).toBe(1)
    expect(early.stderr).toContain('01.01.01')
    expect((await workspace.work('approve', 'stage', '7')).stderr).toContain('There are: 01, 02.')
    await succeed(workspace, 'approve', 'stage', '1', '--force')
    await succeed(workspace, 'approve', 'stage', '1', '--revoke')
    await succeed(workspace, 'update', '--thread', '01.01.01', '--status', 'completed')
    await succeed(workspace, 'approve', 'stage', '01')
    expect(JSON.parse(workspace.read('work/index.json'))).toMatchObject({
      streams: [{ approval: { stages: { '1': { status: 'approved' } } } }],
    })
  })

  test('keeps unknown fields of an approval', async () => {
    const unknown = { note: 'kept' }
    const workspace = makeWorkspace([task({ id: '01.01.01.01' })])
    workspace.write('work/001-demo/PLAN.md', batchOf(1))
    workspace.write(
      'work/index.json',
      workIndex([streamEntry({ approval: { status: 'draft', ...unknown } })], {
        current_stream: '001-demo',
      }),
    )
    await succeed(workspace, 'approve', 'plan')
    expect(JSON.parse(workspace.read('work/index.json'))).toMatchObject({
      streams: [{ approval: { note: 'kept', status: 'approved' } }],
    })
  })
})

describe('work tasks', () => {
  test('generate does not write over a TASKS.md that was changed, unless forced', async () => {
    const workspace = await makeApproved(batchOf(1), agents)
    await succeed(workspace, 'tasks', 'generate')
    workspace.write(
      'work/001-demo/TASKS.md',
      `${workspace.read('work/001-demo/TASKS.md')}- [ ] Task 01.01.01.02: More\n`,
    )
    const refused = await workspace.work('tasks', 'generate')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('--force')
    await succeed(workspace, 'tasks', 'serialize')
    expect(tasksOf(workspace).tasks).toHaveLength(2)
    expect(existsSync(workspace.stream.tasksMd)).toBe(false)
    expect((await workspace.work('tasks', 'bake')).code).toBe(2)
  })

  test('never drops a task on which anything has happened', async () => {
    const workspace = await makeApproved(planText([[[['One', 'Two', 'Three']]]]), agents)
    await succeed(workspace, 'update', '--task', '01.01.01.02', '--breadcrumb', 'half way')
    workspace.write(
      'work/001-demo/TASKS.md',
      '# Tasks: Demo\n\n## Stage 01: Stage 01\n\n### Batch 01: Batch 01\n\n#### Thread 01: Thread 01\n- [ ] Task 01.01.01.01: One, said better\n',
    )
    await succeed(workspace, 'tasks', 'serialize')
    expect(tasksOf(workspace).tasks).toMatchObject([
      { id: '01.01.01.01', name: 'One, said better' },
      { id: '01.01.01.02', breadcrumb: 'half way' },
      { id: '01.01.01.03' },
    ])
  })
})
