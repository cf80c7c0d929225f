import { until } from '../helpers/until.ts'
import { stateOf, type TestWorld } from './world.ts'

export async function alive(world: TestWorld, ...threads: string[]): Promise<void> {
  await until(
    () => threads.every((thread) => world.runner.living.includes(thread) && isWorking(world, thread)),
    `${threads.join(', ')} alive`,
  )
}

function isWorking(world: TestWorld, thread: string): boolean {
  return JSON.stringify(stateOf(world.disk(thread))) === '{"running":"working"}'
}
