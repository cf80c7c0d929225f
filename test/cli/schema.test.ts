import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import { schemaNames } from '../../src/paths.ts'
import { makeRepository, type TestWorkspace } from '../helpers/cli.ts'
import { faultsBy } from '../helpers/json-schema.ts'
import { makeApproved, nodeAgent, succeed } from '../helpers/scene.ts'
import { batchOf } from '../builders/plan.ts'

/** The text of the schema that a file says it follows; the file is below the root. */
function schemaNamedIn(workspace: TestWorkspace, file: string): string {
  const reference = /\$schema(?:": "|=)([^"\n]+)/.exec(workspace.read(file))?.[1]
  return workspace.read(join(dirname(file), reference ?? `no $schema in ${file}`))
}

test('every file that work writes names its schema, and fits it', async () => {
  const workspace = await makeApproved(
    batchOf(2),
    nodeAgent('process.exit(process.env.WORK_THREAD.at(-1) - 1)'),
  )
  expect((await workspace.work('multi', '--continue')).code).toBe(1)
  for (const file of ['work/index.json', 'work/001-demo/tasks.json']) {
    const value: unknown = JSON.parse(workspace.read(file))
    expect(faultsBy(schemaNamedIn(workspace, file), value), file).toEqual([])
  }
  expect(workspace.readTasks()).toMatchObject({ tasks: [{ sessions: [{ status: 'completed' }] }, {}] })
})

test('the agents.yaml of work init names its schema, and fits it', async () => {
  const workspace = makeRepository()
  await succeed(workspace, 'init')
  const value: unknown = parseDocument(workspace.read('work/agents.yaml')).toJS()
  expect(faultsBy(schemaNamedIn(workspace, 'work/agents.yaml'), value)).toEqual([])
})

test('work schema prints what work init puts beside the files', async () => {
  const workspace = makeRepository()
  await succeed(workspace, 'init')
  for (const name of schemaNames) {
    expect(await succeed(workspace, 'schema', name)).toBe(workspace.read(`work/.schema/${name}.schema.json`))
  }
  const unknown = await workspace.work('schema', 'plan')
  expect(unknown).toMatchObject({ code: 2, stdout: '' })
  expect(unknown.stderr).toContain('There is no schema "plan". There are: tasks, index, agents.')
})

test('work init replaces the schemas of an older version, and nothing else', async () => {
  const workspace = makeRepository()
  await succeed(workspace, 'init')
  const text = workspace.read('work/.schema/tasks.schema.json')
  workspace.write('work/.schema/tasks.schema.json', '{}')
  workspace.write('work/agents.yaml', 'mine: true\n')
  const again = await workspace.work('init', '--json')
  expect(again.json()).toMatchObject({
    created: ['work/.schema'],
    kept: expect.arrayContaining(['work/agents.yaml']),
  })
  expect(workspace.read('work/.schema/tasks.schema.json')).toBe(text)
  expect(workspace.read('work/agents.yaml')).toBe('mine: true\n')
  expect((await workspace.work('init', '--json')).json()).toMatchObject({ created: [] })
})

test('tasks.json names no schema where there is none', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent(''))
  expect(workspace.read('work/001-demo/tasks.json')).toContain('"$schema"')
  const bare = makeRepository()
  bare.write('work/index.json', { version: '1.0.0', last_updated: '', streams: [] })
  await succeed(bare, 'create', 'demo')
  bare.write('work/001-demo/PLAN.md', batchOf(1))
  await succeed(bare, 'approve', 'plan')
  await succeed(bare, 'approve', 'tasks')
  expect(existsSync(bare.paths.schemas)).toBe(false)
  expect(bare.read('work/001-demo/tasks.json')).not.toContain('$schema')
})
