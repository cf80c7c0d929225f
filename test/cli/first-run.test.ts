import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { kebab } from '../../src/cli/commands/streams/create.ts'
import { makeRepository, makeWorkspace } from '../helpers/cli.ts'
import { makeApproved, nodeAgent, succeed, tasksOf } from '../helpers/scene.ts'
import { streamEntry, task, workIndex } from '../builders/records.ts'
import { batchOf, planText } from '../builders/plan.ts'

const agents = nodeAgent('')

describe('work init', () => {
  test('makes what a repository needs, and keeps what is there', async () => {
    const workspace = makeRepository()
    const first = await workspace.work('init', '--json')
    expect(first.json()).toEqual({
      created: ['work/index.json', 'work/agents.yaml', 'work/.gitignore', 'work/.schema'],
      updated: [],
      kept: [],
      agents: [{ name: 'default', runner: 'opencode', models: ['anthropic/claude-sonnet-4-5'] }],
    })
    workspace.write('work/agents.yaml', '# mine\nagents: []\n')
    const second = await workspace.work('init')
    expect(second.code).toBe(0)
    expect(second.stdout).toContain('work/agents.yaml already exists, kept as it is.')
    expect(workspace.read('work/agents.yaml')).toBe('# mine\nagents: []\n')
  })

  test('is refused outside a repository', async () => {
    const workspace = makeRepository()
    const result = await workspace.run(['init'], { cwd: workspace.home })
    expect(result.code).toBe(2)
    expect(result.stderr).toContain('No git repository at or above')
    expect(result.stderr).toContain('git init')
  })
})

describe('work create', () => {
  test('makes a plan that has to be filled in, and makes the new workstream the current one', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const { stdout } = await workspace.work('create', 'first-steps', '--stages', '2')
    expect(stdout).toContain('Created workstream 001-first-steps (now current).')
    const plan = workspace.read('work/001-first-steps/PLAN.md')
    expect(plan).toContain('# Plan: First Steps')
    expect(plan).toContain('### Stage 02:')
    const approval = await workspace.work('approve', 'plan')
    expect(approval.code).toBe(2)
    expect(approval.stderr).toContain('PLAN.md:')
    await succeed(workspace, 'create', 'second')
    expect(JSON.parse(workspace.read('work/index.json'))).toMatchObject({
      current_stream: '002-second',
      streams: [{ id: '001-first-steps' }, { id: '002-second', order: 2 }],
    })
  })

  test.each([
    [['create', 'demo'], 'stream-exists', '001-demo'],
    [['create'], 'usage', 'work create'],
    [['create', 'a', '--name', 'b'], 'usage', ''],
    [['create', 'a', '--stages', '0'], 'usage', 'from 1 to 20'],
    [['create', 'a', '--from', 'no.md'], 'file-missing', 'no.md does not exist.'],
    [['create', 'a', '--from', 'no.md', '--stages', '2'], 'usage', '--from and --stages cannot be combined'],
  ])('%j is refused: %s', async (args, code, words) => {
    const workspace = makeWorkspace()
    const result = await workspace.work(...args, '--json')
    expect(result.code).toBe(2)
    expect(result.json()).toMatchObject({ error: { code } })
    expect(result.stdout).toContain(words)
  })

  test('takes any words, and keeps them as the title of the plan', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const { json } = await workspace.work('create', 'Fix the login, at last!', '--json')
    expect(json()).toEqual({
      id: '001-fix-the-login-at-last',
      name: 'fix-the-login-at-last',
      plan: 'work/001-fix-the-login-at-last/PLAN.md',
      current: true,
    })
    expect(workspace.read('work/001-fix-the-login-at-last/PLAN.md')).toContain(
      '# Plan: Fix The Login, At Last!\n',
    )
  })

  test('--from takes a plan byte for byte, from a file or standard input', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const plan = `\uFEFF${batchOf(2).replaceAll('\n', '\r\n')}`
    workspace.write('my plan.md', plan)
    expect(await succeed(workspace, 'create', 'one', '--from', 'my plan.md')).toContain('  → work run ')
    expect(workspace.read('work/001-one/PLAN.md')).toBe(plan)
    const { code } = await workspace.run(['create', 'two', '--from', '-'], { input: batchOf(1) })
    expect(code).toBe(0)
    expect(workspace.read('work/002-two/PLAN.md')).toBe(batchOf(1))
  })

  test('--from refuses a plan with errors, lists them with their lines, and creates nothing', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const before = workspace.read('work/index.json')
    const { code, stderr } = await workspace.run(['create', 'x', '--from', '-'], {
      input: batchOf(1).replace('###### Thread 01', '###### Thread 1x'),
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^Error: The plan has \d errors?, so nothing was created\.\nline \d+: /)
    expect(workspace.read('work/index.json')).toBe(before)
    expect(existsSync(join(workspace.root, 'work', '001-x'))).toBe(false)
  })

  test.each([
    ['Fix the login!', 'fix-the-login'],
    ['Émile Zürich', 'emile-zurich'],
    ['a_b.c', 'a-b-c'],
    ['日本語', 'work'],
    [`${'word '.repeat(20)}end`, 'word-word-word-word-word-word-word-word-word-word-word-word'],
    ['x'.repeat(100), 'x'.repeat(60)],
  ])('makes a folder name of the words %j', (words, name) => {
    expect(kebab(words)).toBe(name)
  })

  test('keeps a plan that is there already', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    workspace.write('work/001-mine/PLAN.md', '# Plan: Mine\n')
    await succeed(workspace, 'create', 'mine')
    expect(workspace.read('work/001-mine/PLAN.md')).toBe('# Plan: Mine\n')
  })

  test('gives numbers that nobody has when two are made at once', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const names = ['one', 'two', 'three', 'four', 'five']
    await Promise.all(names.map((name) => succeed(workspace, 'create', name)))
    const index: { streams: { id: string; order: number }[] } = JSON.parse(workspace.read('work/index.json'))
    expect(new Set(index.streams.map((stream) => stream.order))).toEqual(new Set([1, 2, 3, 4, 5]))
    for (const { id } of index.streams)
      expect(existsSync(join(workspace.root, 'work', id, 'PLAN.md'))).toBe(true)
  })
})

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
