import { existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { editPlan, type Change } from '../../src/cli/commands/plan/edit-plan.ts'
import { planHash } from '../../src/approval/gate.ts'
import { recordPlan } from '../../src/approval/changes/record.ts'
import { WorkError } from '../../src/errors.ts'
import { insertThread } from '../../src/plan/edit/edit.ts'
import { parsePlan } from '../../src/plan/parse/parse.ts'
import { openTasks } from '../../src/store/tasks/tasks.ts'
import type { TasksFile } from '../../src/store/tasks/schema.ts'
import { makeWorkspace, type TestWorkspace } from '../helpers/cli.ts'
import { task } from '../builders/records.ts'
import { batchOf } from '../builders/plan.ts'
import { thrownBy } from '../builders/workspace.ts'

const before = batchOf(1)
let workspace: TestWorkspace
let attempts: number

beforeEach(async () => {
  workspace = makeWorkspace([task({ id: '01.01.01.01', currentSessionId: 'cmd_1' })])
  workspace.write('work/001-demo/PLAN.md', before)
  attempts = 0
  await openTasks(workspace.stream, () => new Date()).commit((file) =>
    recordPlan(file, parsePlan(before).plan, planHash(before)),
  )
})

/** Adds a thread; `changeTasks` is called when PLAN.md has it and tasks.json has not. */
function addThread(changeTasks?: (file: TasksFile) => string) {
  return editPlan('add-thread', { repoRoot: workspace.root, stream: '001-demo' }, (text): Change => {
    attempts += 1
    const edit = insertThread(text, '01.01', { name: 'New', summary: '', steps: [] })
    return { edit, what: 'thread', name: 'New', keepsApproval: true, ...(changeTasks && { changeTasks }) }
  })
}

function readPlan(): string {
  return readFileSync(workspace.stream.plan, 'utf8')
}

function refuse(code: string): never {
  throw new WorkError('tasks.json is gone.', { code, hint: 'work status' })
}

describe('adding to PLAN.md', () => {
  it('records in tasks.json which plan it goes with', async () => {
    await addThread()
    const { plan } = openTasks(workspace.stream, () => new Date()).read()
    expect(plan).toMatchObject({ hash: planHash(readPlan()), threads: { '01.01.02': { name: 'New' } } })
  })

  it.each<[string, () => void]>([
    ['gone', () => renameSync(workspace.stream.tasks, `${workspace.stream.tasks}.away`)],
    ['broken', () => workspace.write('work/001-demo/tasks.json', '{ "version": ')],
  ])('changes nothing while tasks.json is %s', async (_, damage) => {
    damage()
    expect(await thrownBy(() => addThread())).toBeInstanceOf(WorkError)
    expect(readPlan()).toBe(before)
  })

  it('is not tried again by an agent once something was written', async () => {
    process.env['WORKSTREAM_ROLE'] = 'AGENT'
    onTestFinished(() => {
      delete process.env['WORKSTREAM_ROLE']
    })
    const error = await thrownBy(() => addThread(() => refuse('state-gone')))
    expect(error).toMatchObject({ code: 'state-gone', message: 'tasks.json is gone.' })
    expect([attempts, readPlan()]).toEqual([1, before])
  })

  it.each<[string, string | undefined]>([
    ['saved', `${before}\nEdited.\n`],
    ['removed', undefined],
  ])('does not undo what another process %s in the meantime', async (_, edited) => {
    const { plan } = workspace.stream
    const error = await thrownBy(() =>
      addThread(() => {
        if (edited === undefined) rmSync(plan)
        else writeFileSync(plan, edited)
        return refuse('state-gone')
      }),
    )
    expect(existsSync(plan) ? readPlan() : undefined).toBe(edited)
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /^tasks\.json is gone\. work\/001-demo\/PLAN\.md was changed in the meantime/,
      ),
      hint: 'work status',
      exitCode: 1,
    })
  })

  it('that can not be undone says that PLAN.md has it', async () => {
    const error = await thrownBy(() =>
      addThread(() => {
        // A file whose name is so long that there can be none beside it with a longer one.
        const { plan, folder } = workspace.stream
        renameSync(plan, join(folder, 'x'.repeat(255)))
        symlinkSync('x'.repeat(255), plan)
        return refuse('state-gone')
      }),
    )
    expect(error).toMatchObject({
      message: 'tasks.json is gone. work/001-demo/PLAN.md could not be changed back: it still has 01.01.02.',
    })
  })
})
