import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { findStream, type WorkIndex } from '../../src/store/index/index-file.ts'
import type { TestWorkspace } from '../helpers/cli.ts'
import { linesOf, makeApproved, nodeAgent, succeed, tasksOf } from '../helpers/scene.ts'
import { batchOf, planText } from '../builders/plan.ts'

const plan = 'work/001-demo/PLAN.md'
const asAgent = { env: { WORKSTREAM_ROLE: 'AGENT' } }
const trace = nodeAgent(`
import { appendFileSync } from 'node:fs'
appendFileSync('trace', process.env.WORK_THREAD + '\\n')
`)

function approvalOf(workspace: TestWorkspace) {
  const index: WorkIndex = JSON.parse(workspace.read('work/index.json'))
  return findStream(index, '001-demo').approval
}

function taskNames(workspace: TestWorkspace): string[] {
  return tasksOf(workspace).tasks.map(({ id, name }) => `${id} ${name}`)
}

describe('work add-task', () => {
  test('adds a box and its task, keeps the approval, and the next run does it', async () => {
    const workspace = await makeApproved(batchOf(1), trace)
    await succeed(workspace, 'multi', '--continue')
    const said = await succeed(workspace, 'add-task', '--thread', '1.1.1', '--name', 'Also **this**')
    expect(said).toBe(
      [
        'Added task 01.01.01.02: Also **this**',
        `See ${plan}:26 and in tasks.json (01.01.01.02).`,
        '  → work run\n',
      ].join('\n'),
    )
    expect(workspace.read(plan)).toBe(`${batchOf(1)}\n- [ ] Also **this**`)
    await succeed(workspace, 'multi', '--continue')
    expect(linesOf(workspace, 'trace')).toEqual(['01.01.01', '01.01.01'])
    expect(tasksOf(workspace).tasks.map(({ status }) => status)).toEqual(['completed', 'completed'])
  })

  test('finds the thread by words, and says what there is when it is not found', async () => {
    const workspace = await makeApproved(planText([[[['A'], ['B']]], [[['C']]]]), trace)
    await succeed(workspace, 'add-task', '--stage', '2', '--thread', 'thread', '--name', 'X')
    expect(taskNames(workspace)).toContain('02.01.01.02 X')
    const before = workspace.read(plan)
    const unknown = await workspace.work('add-task', '--thread', '01.01.07', '--name', 'X', '--json')
    expect(unknown.code).toBe(2)
    expect(unknown.json()).toMatchObject({
      error: {
        code: 'thread-not-found',
        message: 'There is no thread "01.01.07" there. There are: 01.01.01 Thread 01, 01.01.02 Thread 02.',
      },
    })
    const many = await workspace.work('add-task', '--thread', 'thread', '--name', 'X', '--json')
    expect(many.json()).toMatchObject({ error: { code: 'ambiguous', hint: '--thread 01.01.01' } })
    const lines = await workspace.work('add-task', '--thread', '1.1.1', '--name', 'a\nb', '--json')
    expect(lines.json()).toMatchObject({ error: { code: 'bad-name' } })
    const turned = await workspace.work('add-task', '--thread', '1.1.1', '--name', 'a\u202Eb', '--json')
    expect(turned.json()).toMatchObject({ error: { code: 'bad-name' } })
    const comment = await workspace.work('add-task', '--thread', '1.1.1', '--name', '<!-- a -->', '--json')
    expect(comment.json()).toMatchObject({ error: { code: 'edit-refused' } })
    expect(workspace.read(plan)).toBe(before)
  })

  test('at once with four others loses nothing', async () => {
    const workspace = await makeApproved(batchOf(1), trace)
    const names = ['one', 'two', 'three', 'four', 'five']
    await Promise.all(names.map((name) => succeed(workspace, 'add-task', '--thread', '1.1.1', '-n', name)))
    const added = workspace.read(plan).slice(batchOf(1).length).trim().split('\n')
    expect(added.toSorted()).toEqual(names.map((name) => `- [ ] ${name}`).toSorted())
    expect(taskNames(workspace).slice(1)).toEqual(
      added.map((line, index) => `01.01.01.0${index + 2} ${line.slice(6)}`),
    )
    expect(await succeed(workspace, 'approve')).toContain('Plan:   approved')
    expect(approvalOf(workspace)?.tasks?.task_count).toBe(6)
  })

  test('in the place of a task that only the name of the thread stood for', async () => {
    const workspace = await makeApproved(batchOf(1), trace)
    await succeed(workspace, 'add-thread', '--batch', '1.1', '--name', 'Docs')
    expect(taskNames(workspace)).toContain('01.01.02.01 Docs')
    await succeed(workspace, 'add-task', '--thread', 'docs', '--name', 'README')
    await succeed(workspace, 'add-task', '--thread', 'docs', '--name', 'Guide')
    expect(taskNames(workspace).slice(1)).toEqual(['01.01.02.01 README', '01.01.02.02 Guide'])
    expect(workspace.read(plan)).toMatch(/\*\*Details:\*\*\n- \[ \] README\n- \[ \] Guide$/)
  })

  test("by an agent needs the user's approval", async () => {
    const workspace = await makeApproved(batchOf(1), trace)
    const added = await workspace.run(['add-task', '--thread', '1.1.1', '--name', 'More'], asAgent)
    expect(added).toMatchObject({ code: 0 })
    expect(added.stdout).toContain('Ask the user to run `work approve plan`')
    expect((await workspace.work('multi', '--continue')).code).toBe(1)
    await succeed(workspace, 'approve', 'plan')
    await succeed(workspace, 'multi', '--continue')
    expect(tasksOf(workspace).tasks.map(({ status }) => status)).toEqual(['completed', 'completed'])
  })

  test('before the tasks are approved goes into a TASKS.md that nobody has changed', async () => {
    const workspace = await makeApproved(batchOf(1), trace)
    await succeed(workspace, 'approve', 'tasks', '--revoke')
    await succeed(workspace, 'tasks', 'generate')
    const said = await succeed(workspace, 'add-thread', '--batch', '1.1', '--name', 'Docs')
    expect(said).toContain('work approve tasks')
    expect(workspace.read('work/001-demo/TASKS.md')).toContain('Task 01.01.02.01: Docs')
    workspace.write('work/001-demo/TASKS.md', `${workspace.read('work/001-demo/TASKS.md')}\n`)
    const warned = await succeed(workspace, 'add-thread', '--batch', '1.1', '--name', 'Other')
    expect(warned).toContain('was changed by hand and stays as it is')
    expect(workspace.read('work/001-demo/TASKS.md')).not.toContain('Other')
  })
})

describe('work add-batch and add-thread', () => {
  test('on an approved plan give tasks and prompts at once, which run', async () => {
    const workspace = await makeApproved(batchOf(1), trace)
    const batch = await workspace.work(
      'add',
      'batch',
      '--stage',
      'stage 01',
      '--name',
      'Tests',
      '--thread',
      'Unit',
      '--summary',
      'Test it.',
      '--json',
    )
    expect(batch.json()).toEqual({
      action: 'add-batch',
      stream: '001-demo',
      id: '01.02',
      name: 'Tests',
      line: 27,
      tasks: ['01.02.01.01'],
      approved: true,
      next: 'work run',
    })
    await succeed(workspace, 'add', 'thread', '--batch', 'tests', '--name', 'Load')
    const prompts = 'work/001-demo/prompts/01-stage-01/02-tests'
    expect(workspace.read(`${prompts}/01-unit.md`)).toContain('Test it.')
    expect(existsSync(`${workspace.root}/${prompts}/02-load.md`)).toBe(true)
    await succeed(workspace, 'multi', '--continue')
    expect(linesOf(workspace, 'trace').toSorted()).toEqual(['01.01.01', '01.02.01', '01.02.02'])
  })

  test('on a plan that was changed by hand change only the plan', async () => {
    const workspace = await makeApproved(batchOf(1), trace)
    workspace.write(plan, workspace.read(plan).replace('Do it.', 'Do it well.'))
    const before = workspace.read('work/001-demo/tasks.json')
    const added = await workspace.work('add-thread', '--batch', '1.1', '--name', 'Docs', '--json')
    expect(added.json()).toMatchObject({ approved: false, tasks: [], next: 'work approve revision' })
    expect(workspace.read('work/001-demo/tasks.json')).toBe(before)
    await succeed(workspace, 'approve', 'revision')
    expect(taskNames(workspace)).toEqual(['01.01.01.01 Step of thread 1', '01.01.02.01 Docs'])
  })

  test('say that the stage was approved without them', async () => {
    const workspace = await makeApproved(batchOf(1), trace)
    await succeed(workspace, 'approve', 'stage', '1', '--force')
    expect(await succeed(workspace, 'add-batch', '--stage', '1', '--name', 'Late')).toContain(
      'work approve stage 1 --revoke',
    )
  })
})

describe('work add-stage', () => {
  test('adds a fix stage that runs when the revision is approved', async () => {
    const fails = nodeAgent(`
      import { appendFileSync } from 'node:fs'
      appendFileSync('trace', process.env.WORK_THREAD + '\\n')
      if (process.env.WORK_THREAD.startsWith('01')) process.exit(3)
    `)
    const workspace = await makeApproved(batchOf(1), fails)
    expect((await workspace.work('multi', '--continue')).code).toBe(1)
    const said = await succeed(workspace, 'add', 'stage', '--stage', '1', '--name', 'login')
    expect(said).toContain('Added stage 02: Fix - login\n')
    expect(said).toContain('work approve stage 1 --force, and then work continue --skip')
    expect(said).toContain('  → work approve revision')
    expect((await workspace.work('multi', '--batch', '02.01')).code).toBe(1)
    await succeed(workspace, 'approve', 'revision')
    await succeed(workspace, 'approve', 'stage', '1', '--force')
    await succeed(workspace, 'multi', '--batch', '02.01')
    expect(linesOf(workspace, 'trace')).toEqual(['01.01.01', '02.01.01'])
    expect(taskNames(workspace).slice(1)).toEqual([
      '02.01.01.01 Analyze root cause',
      '02.01.01.02 Implement fix',
      '02.01.01.03 Verify fix',
    ])
  })

  test('with --batch adds a fix batch to the stage itself, the first of which is 01', async () => {
    const workspace = await makeApproved(planText([[[['A']]], [[['B']]]]), trace)
    const said = await succeed(workspace, 'add-stage', '--stage', '1', '--name', 'x', '--batch')
    expect(said).toContain('Added batch 01.02: Fix - x\n')
    expect(workspace.read(plan)).toContain('Addressing issues in Stage 01.\nFixes and improvements.\n')
    expect(taskNames(workspace)).toContain('01.02.01.03 Verify fix')
  })

  test('leaves tasks alone that were changed by hand, also when the revision is approved', async () => {
    const workspace = await makeApproved(batchOf(1), trace)
    await succeed(workspace, 'tasks', 'generate')
    const list = 'work/001-demo/TASKS.md'
    workspace.write(list, workspace.read(list).replace('Step of thread 1', 'Mine'))
    await succeed(workspace, 'approve', 'tasks')
    await succeed(workspace, 'add-stage', '--stage', '1', '--name', 'x')
    await succeed(workspace, 'approve', 'revision')
    expect(taskNames(workspace)[0]).toBe('01.01.01.01 Mine')
    expect(taskNames(workspace)).toHaveLength(4)
  })

  test('keeps the bytes of a plan that was written on Windows', async () => {
    const windows = `\uFEFF${planText([[[['A']]]]).replaceAll('\n', '\r\n')}\r\n\r\n---\r\n`
    const workspace = await makeApproved(windows, trace)
    await succeed(workspace, 'add-stage', '--stage', '1', '--name', 'x')
    const bytes = readFileSync(workspace.stream.plan)
    const before = Buffer.from(windows)
    expect(bytes.subarray(0, before.length - 9).equals(before.subarray(0, -9))).toBe(true)
    expect(bytes.subarray(-9).equals(before.subarray(-9))).toBe(true)
    expect(bytes.toString().replaceAll('\r\n', '')).not.toContain('\n')
    await succeed(workspace, 'approve', 'revision')
  })

  test('without a plan, or with one that is not in UTF-8, changes nothing', async () => {
    const workspace = await makeApproved(batchOf(1), trace)
    const unknown = await workspace.work('add-stage', '--stage', '7', '--name', 'x')
    expect(unknown).toMatchObject({ code: 2, stdout: '' })
    expect(unknown.stderr).toContain('There is no stage "7". There are: 01 Stage 01.')
    const latin = Buffer.from(batchOf(1).replace('Do it', 'Tu Gr\u00FC\u00DFe'), 'latin1')
    writeFileSync(workspace.stream.plan, latin)
    const refused = await workspace.work('add-stage', '--stage', '1', '--name', 'x', '--json')
    expect(refused.json()).toMatchObject({ error: { code: 'plan-not-utf8' } })
    expect(readFileSync(workspace.stream.plan).equals(latin)).toBe(true)
    rmSync(workspace.stream.plan)
    expect((await workspace.work('revision', '--name', 'x', '--json')).json()).toMatchObject({
      error: { code: 'plan-missing' },
    })
  })
})

describe('work revision', () => {
  test('adds a stage whose questions have to be answered first', async () => {
    const workspace = await makeApproved(batchOf(1), trace)
    const said = await succeed(workspace, 'revision', '--name', 'plain words', '--description', 'Errors.')
    expect(said).toContain('Added stage 02: Revision - plain words\n')
    expect(said).toContain('  → work approve revision')
    const refused = await workspace.work('approve', 'revision', '--json')
    expect(refused.json()).toMatchObject({ error: { code: 'open-questions' } })
    workspace.write(plan, workspace.read(plan).replaceAll(/- \[ \] (.*\?)/g, '- [x] $1 Yes.'))
    await succeed(workspace, 'approve', 'revision')
    expect(taskNames(workspace)).toContain('02.01.01.01 Errors.')
  })
})
