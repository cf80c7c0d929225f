import { expect, test } from 'vitest'
import { describeKnownModels, findUnknownModels } from '../../src/runners/models.ts'
import { runner as command } from '../../src/runners/command/index.ts'
import { opencodeModels } from '../../src/runners/opencode/models.ts'
import { startRun } from '../../src/engine/run.ts'
import { put, thrownBy } from '../store/workspace.ts'
import { agent, makeWorld, type TestWorld } from './world.ts'

const known = ['acme/claude-sonnet-4-5', 'acme/claude-opus-4-1', 'local/m1', 'local/m2']

test.each<[string[], { model: string; isFatal: boolean }[], string]>([
  [['local/m1', 'local/m2'], [], ''],
  [
    ['acme/claude-sonet-4.5'],
    [{ model: 'acme/claude-sonet-4.5', isFatal: true }],
    'Did you mean acme/claude-sonnet-4-5?',
  ],
  [['local/m1', 'local/big'], [{ model: 'local/big', isFatal: true }], 'Models of local: m1, m2.'],
  [
    ['local/m1', 'other/m9'],
    [{ model: 'other/m9', isFatal: false }],
    'These providers have models: acme, local.',
  ],
  [
    ['other/claude-opus-4-1'],
    [{ model: 'other/claude-opus-4-1', isFatal: true }],
    'Did you mean acme/claude-opus-4-1?',
  ],
])('of the models %j these do not exist: %j', (models, expected, words) => {
  const found = findUnknownModels(agent({ models: models.map((model) => ({ model })) }), known)
  expect(found).toMatchObject(expected)
  expect(found).toHaveLength(expected.length)
  expect(found.map((one) => describeKnownModels(one, known, opencodeModels)).join('')).toBe(words)
})

test('without any model the provider is missing', () => {
  const [found] = findUnknownModels(agent({ models: [{ model: 'a/b' }] }), [])
  expect(found && describeKnownModels(found, [], opencodeModels)).toBe(
    'No provider is set up: opencode auth login.',
  )
})

test('a run with a model that does not exist starts nothing, and names its line', async () => {
  const world = makeWithModels(['local/m3', 'other/m1'])
  expect(await thrownBy(() => world.run())).toMatchObject({
    code: 'model-not-found',
    message:
      'work/agents.yaml:3: agent "default" has the model "local/m3", which does not exist. Did you mean local/m1 or local/m2?\n' +
      'work/agents.yaml:4: agent "default" has the model "other/m1", which does not exist. Did you mean local/m1?',
    facts: { models: known },
  })
  expect(world.runner.started).toEqual([])
  expect(world.disk().sessions).toEqual([])
})

test('a run continues without a model of a provider that is not set up, and without a list', async () => {
  const world = makeWithModels(['other/m9', 'local/m1'])
  expect(await warningsOf(world)).toEqual([
    'work/agents.yaml:3: agent "default" has the model "other/m9", which does not exist. These providers have models: acme, local.',
  ])
  const blind = makeWithModels(['local/m3'])
  blind.runner.listModels = () => Promise.reject(new Error('no answer'))
  expect(await warningsOf(blind)).toEqual([
    'The models of command could not be listed, so they are not checked: no answer',
  ])
})

/** A world whose agent has these models, as its agents.yaml has, on a runner that lists what there is. */
function makeWithModels(models: string[]): TestWorld {
  const world = makeWorld({ agent: { models: models.map((model) => ({ model })) } })
  const lines = [
    'agents:',
    '- { name: default, models: [',
    ...models.map((model) => `    ${model},`),
    '  ] }',
  ]
  put(world.workspace.agents, lines.join('\n'))
  world.runner.definition = { ...command, models: opencodeModels }
  world.runner.listModels = () => Promise.resolve(known)
  world.runner.fate = () => new Error('Not started.')
  return world
}

async function warningsOf(world: TestWorld): Promise<string[]> {
  const warnings: string[] = []
  const run = await startRun(
    world,
    { selection: { type: 'continue', without: [] }, parallel: undefined },
    {
      planned: () => undefined,
      changed: () => undefined,
      output: () => undefined,
      warned: (warning) => warnings.push(warning),
    },
  )
  await run.finished
  expect(world.runner.started).toEqual(['01.01.01'])
  return warnings
}
