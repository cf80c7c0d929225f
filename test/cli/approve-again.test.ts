import { describe, expect, test } from 'vitest'
import { makeApproved, nodeAgent, succeed, tasksOf } from '../helpers/scene.ts'
import { batchOf, planText } from '../builders/plan.ts'

const agents = nodeAgent('')

describe('a plan that changed after its approval', () => {
  test('is noticed by every command that runs something', async () => {
    const workspace = await makeApproved(batchOf(1), agents)
    workspace.write('work/001-demo/PLAN.md', batchOf(1).replace('Shows how', 'Tells how'))
    for (const args of [
      ['multi', '--continue'],
      ['multi', '--batch', '01.01'],
      ['execute', '--thread', '01.01.01'],
      ['multi', '--continue', '--dry-run'],
    ]) {
      const result = await workspace.work(...args, '--json')
      expect(result.code).toBe(1)
      expect(result.json()).toMatchObject({ error: { code: 'plan-changed', hint: 'work approve plan' } })
    }
    expect(tasksOf(workspace).tasks[0]).not.toHaveProperty('sessions')
    const moment = String.raw`on \d{4}-\d\d-\d\d \d\d:\d\d`
    expect((await workspace.work('multi', '--continue')).stderr).toMatch(new RegExp(`approved ${moment}\\.`))
    expect(await succeed(workspace, 'approve')).toMatch(
      new RegExp(`changed since it was approved ${moment}\n`),
    )
    expect(await succeed(workspace, 'approve', 'plan')).toContain('→ work run')
    expect(await succeed(workspace, 'approve', 'plan')).toMatch(new RegExp(`approved ${moment}, and`))
    await succeed(workspace, 'multi', '--continue')
  })

  test('asks for its new tasks when it has new threads', async () => {
    const workspace = await makeApproved(batchOf(1), agents)
    await succeed(workspace, 'multi', '--continue')
    workspace.write('work/001-demo/PLAN.md', batchOf(2))
    await succeed(workspace, 'approve', 'plan')
    expect((await workspace.work('multi', '--continue')).stderr).toContain('work approve tasks')
    await succeed(workspace, 'approve', 'tasks')
    expect(tasksOf(workspace).tasks).toMatchObject([
      { id: '01.01.01.01', status: 'completed', sessions: [{ status: 'completed' }] },
      { id: '01.01.02.01', status: 'pending' },
    ])
  })

  test('names the steps that are no tasks when it is approved, and TASKS.md makes them some', async () => {
    const workspace = await makeApproved(planText([[[['One'], ['Two']]]]), agents)
    await succeed(workspace, 'execute', '--thread', '01.01.01')
    const added = '- [x] Done by hand\n- [ ] Also'
    workspace.write('work/001-demo/PLAN.md', planText([[[[`One\n${added}`], [`Two\n${added}`]]]]))
    expect(await succeed(workspace, 'approve', 'plan')).toContain(
      [
        'Not in tasks.json, so not run: 2 steps of threads that already have tasks.',
        'PLAN.md:27: thread 01.01.01: Also',
        'PLAN.md:37: thread 01.01.02: Also',
        'To add them: work tasks generate, ',
      ].join('\n'),
    )
    await succeed(workspace, 'tasks', 'generate')
    const list = workspace.read('work/001-demo/TASKS.md')
    expect(list).toContain('01.01.02.03: Also')
    workspace.write(
      'work/001-demo/TASKS.md',
      list.replace('01.01.01.01: One', '$&\n- [ ] Task 01.01.01.02: Also'),
    )
    await succeed(workspace, 'approve', 'tasks')
    expect(tasksOf(workspace).tasks).toMatchObject([
      { name: 'One', status: 'completed' },
      { name: 'Also' },
      { name: 'Two' },
      { name: 'Done by hand' },
      { name: 'Also' },
    ])
    workspace.write('work/001-demo/PLAN.md', `${workspace.read('work/001-demo/PLAN.md')}\n`)
    // What was done by hand is nobody's task.
    expect(await succeed(workspace, 'approve', 'plan')).not.toContain('nobody does it')
  })

  test('can be approved as a revision, which makes its new threads tasks at once', async () => {
    const workspace = await makeApproved(batchOf(1), agents)
    expect((await workspace.work('approve', 'revision')).code).toBe(2)
    workspace.write('work/001-demo/PLAN.md', planText([[[['Step of thread 1']]], [[['Mend it']]]]))
    expect((await workspace.work('multi', '--continue')).stderr).toContain('work approve revision')
    expect(await succeed(workspace, 'approve', 'revision')).toContain('02.01.01')
    expect(tasksOf(workspace).tasks.map((one) => one.id)).toEqual(['01.01.01.01', '02.01.01.01'])
    await succeed(workspace, 'multi', '--continue')
  })
})
