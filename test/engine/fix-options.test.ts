import { expect, it } from 'vitest'
import { fixOptions } from '../../src/engine/fix-options.ts'
import { makeWorld, type TestWorld } from './world.ts'
import { agent } from '../builders/agents.ts'
import { runningSession } from '../builders/records.ts'
import { tasksOf } from '../builders/threads.ts'

const ended = runningSession({ status: 'failed', reason: 'exit', completedAt: '2026-02-03T04:01:00.000Z' })

it('offers the possible actions for a thread, and says why others are not possible', async () => {
  const world = failedWorld()
  world.runner.refusal = () => 'It is gone.'
  expect(await optionsOf(world)).toEqual({
    resume: 'It is gone.',
    retry: null,
    swap: 'There is no other agent in work/agents.yaml.',
    stage: null,
  })
})

it('offers another agent when the last one is not in agents.yaml any more', async () => {
  const world = failedWorld({ agentName: 'gone' })
  const gone = 'Agent "gone" of the last session is no longer in work/agents.yaml. Choose another agent.'
  expect(await optionsOf(world)).toEqual({ resume: gone, retry: gone, swap: null, stage: null })
})

it('a fix accepts a named agent, even the last one', async () => {
  const world = failedWorld()
  const options = await fixOptions(world, [world.disk()], 'default')
  expect(options).toContainEqual({ action: 'swap', refusal: null })
})

it('a fix names the thread that prevents an action for several', async () => {
  const world = failedWorld()
  world.runner.refusal = () => 'It is gone.'
  expect(await optionsOf(world, ['01.01.01', '01.01.01'])).toMatchObject({ resume: '01.01.01: It is gone.' })
})

function failedWorld(fields: Partial<typeof ended> = {}): TestWorld {
  const [first, ...rest] = tasksOf('01.01.01')
  if (first === undefined) throw new Error('There is no task.')
  const world = makeWorld({ tasks: [{ ...first, sessions: [{ ...ended, ...fields }] }, ...rest] })
  world.agents.agents = [agent({ resume_command: ['do-it', '--continue'] })]
  return world
}

async function optionsOf(world: TestWorld, ids = ['01.01.01']): Promise<Record<string, string | null>> {
  const options = await fixOptions(
    world,
    ids.map((id) => world.disk(id)),
  )
  return Object.fromEntries(options.map(({ action, refusal }) => [action, refusal]))
}
