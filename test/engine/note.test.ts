import { expect, it } from 'vitest'
import { exited } from './scripted-runner.ts'
import { makeWorld } from './world.ts'

it('a note of the user is given to each model that an attempt tries, and recorded with it', async () => {
  const world = makeWorld({ agent: { models: [{ model: 'a/one' }, { model: 'b/two' }] } })
  world.runner.fate = (_, { model }) => (model === 'a/one' ? refused : exited(0))
  await world.runAll({ note: 'Mind the gap.' })
  expect(world.disk().sessions).toMatchObject([
    { model: 'a/one', status: 'failed', note: 'Mind the gap.' },
    { model: 'b/two', status: 'completed', note: 'Mind the gap.' },
  ])
  expect(world.runner.prompts).toHaveLength(2)
  for (const prompt of world.runner.prompts) {
    expect(prompt).toMatch(/## Note from the user\n\nMind the gap\.\n$/)
  }
})

it('a run without a note records and gives none', async () => {
  const world = makeWorld()
  world.runner.fate = () => exited(0)
  await world.runAll()
  expect(world.disk().sessions[0]).not.toHaveProperty('note')
  expect(world.runner.prompts[0]).not.toContain('Note from')
})

const refused = {
  type: 'refused' as const,
  status: 401,
  at: '2026-02-03T05:00:00.000Z',
  detail: '',
}
