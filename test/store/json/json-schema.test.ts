import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { agentsSchema, findMisfit } from '../../../src/agents/schema.ts'
import { WorkIndex } from '../../../src/store/index/schema.ts'
import { jsonSchema, schemaText } from '../../../src/schema/json-schema.ts'
import { TasksFile } from '../../../src/store/tasks/schema.ts'
import { loadRunners } from '../../../src/runners/registry.ts'
import { schemaNames } from '../../../src/paths.ts'
import { faultsBy, schemaInDocs } from '../../helpers/json-schema.ts'
import { session, streamEntry, task, tasksFile, workIndex } from '../../builders/records.ts'

const runners = await loadRunners()

const good = {
  tasks: tasksFile([task({ id: '01.01.01.01', sessions: [session()] })]),
  index: workIndex([streamEntry({ approval: { status: 'approved', stages: { 1: { status: 'draft' } } } })]),
  agents: {
    parallel: 2,
    agents: [
      { name: 'default', models: ['a/b', { model: 'a/b', variant: 'high' }], timeout: '2h' },
      { name: 'mine', runner: 'command', command: ['mine'] },
    ],
  },
}

test.each(schemaNames)('docs/schema/%s.schema.json is up to date: npm run docs:schema', async (name) => {
  expect(schemaInDocs(name)).toBe(await schemaText(name))
})

test.each(schemaNames)('the schema of %s describes every field', (name) => {
  expect(fieldsWithoutWords(jsonSchema(name, runners))).toEqual([])
})

describe('the schemas', () => {
  test.each(schemaNames)('accept a valid %s with unknown fields', (name) => {
    expect(
      faultsBy(JSON.stringify(jsonSchema(name, runners)), { ...good[name], later: { more: true } }),
    ).toEqual([])
  })

  test.each([
    [
      'a status that there is not',
      tasksFile([Object.assign(task({ id: '01.01.01.01' }), { status: 'done' })]),
    ],
    ['a task without a name', tasksFile([Object.assign(task({ id: '01.01.01.01' }), { name: undefined })])],
    ['tasks that are no list', { ...good.tasks, tasks: {} }],
    ['no threads', { ...good.tasks, threads: undefined }],
    ['a session that never began', tasksFile([task({ id: '1.1.1.1', sessions: [] })], without('startedAt'))],
    ['a thread without a snapshot', { ...good.tasks, threads: { '01.01.01': { machine: 'thread' } } }],
  ])('refuse a tasks.json with %s, as work does', (_, value) => {
    expect(faultsBy(JSON.stringify(jsonSchema('tasks', runners)), asJson(value))).not.toEqual([])
    expect(z.safeParse(TasksFile, asJson(value)).success).toBe(false)
  })

  test.each([
    ['a workstream without an id', { ...good.index, streams: [{ name: 'demo' }] }],
    [
      'an approval of another kind',
      { ...good.index, streams: [{ ...streamEntry(), approval: { status: 1 } }] },
    ],
    ['a current workstream that is a number', { ...good.index, current_stream: 1 }],
  ])('refuse an index.json with %s, as work does', (_, value) => {
    expect(faultsBy(JSON.stringify(jsonSchema('index', runners)), asJson(value))).not.toEqual([])
    expect(z.safeParse(WorkIndex, asJson(value)).success).toBe(false)
  })

  test.each([
    ['no agents', { agents: [] }],
    ['an agent without a name', agents({ models: ['a/b'] })],
    ['a model without a provider', agents({ name: 'x', models: ['b'] })],
    ['a variant of a model without a provider', agents({ name: 'x', models: [{ model: 'b' }] })],
    ['a runner that there is not', agents({ name: 'x', runner: 'claude', command: ['x'] })],
    ['a timeout without a unit', agents({ name: 'x', models: ['a/b'], timeout: '20' })],
    ['a parallel of none', { ...good.agents, parallel: 0 }],
    ['no models', agents({ name: 'x' })],
    ['an empty list of models', agents({ name: 'x', runner: 'opencode', models: [] })],
    ['a command for opencode', agents({ name: 'x', models: ['a/b'], command: ['x'] })],
    ['no command for runner command', agents({ name: 'x', runner: 'command' })],
    ['a command line in one text', agents({ name: 'x', runner: 'command', command: 'x --fast' })],
  ])('refuse an agents.yaml with %s, as work does', (_, value) => {
    expect(faultsBy(JSON.stringify(jsonSchema('agents', runners)), value)).not.toEqual([])
    const { data } = z.safeParse(agentsSchema(runners), value)
    expect(data === undefined || findMisfit(runners, data) !== undefined).toBe(true)
  })
})

function agents(entry: unknown) {
  return { agents: [entry] }
}

/** Removes a field from the only session of a tasks.json. */
function without(field: string) {
  return { tasks: [{ ...task({ id: '01.01.01.01' }), sessions: [{ ...session(), [field]: undefined }] }] }
}

/** The value as a file has it: without undefined fields. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

/** The places of fields without a description. */
function fieldsWithoutWords(schema: unknown, place = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]) => {
    const here = `${place}/${key}`
    const missing = key === 'properties' ? Object.keys(value).filter((name) => !hasWords(value[name])) : []
    return [...missing.map((name) => `${here}/${name}`), ...fieldsWithoutWords(value, here)]
  })
}

function hasWords(field: unknown): boolean {
  // A field that belongs to another runner.
  if (field === false) return true
  return typeof field === 'object' && field !== null && 'description' in field && field.description !== ''
}
