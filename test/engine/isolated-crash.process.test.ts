import { expect, it } from 'vitest'
import { seededRandom } from '../builders/plan.ts'
import { useBundles } from '../helpers/bundle.ts'
import { isolatedScene, type GitKill } from './isolated-scene.ts'

const bundled = useBundles('src/runners/recorded/recorder.ts', 'test/engine/crash-driver.ts')
const makeScene = (threads: number) =>
  isolatedScene(threads, { driver: bundled('crash-driver'), recorder: bundled('recorder') })
/** Milliseconds: each run prepares and delivers, and a busy machine is slow. */
const patience = 240_000

it(
  'isolated threads whose run is killed at each commit of tasks.json lose nothing and are merged once',
  async () => {
    const scene = makeScene(4)
    for (const point of ['planned:1', 'owned:1', 'start:1', 'spawned:1', 'started:1', 'watch:1'])
      await scene.crash({ point })
    for (let count = 1; count <= 12; count += 1) {
      await scene.crash({ point: `commit:${count}` })
      await scene.crash({ point: `committed:${count}` })
    }
    expect(await scene.finish()).toBe(0)
    scene.expectTruth()
  },
  patience,
)

it.each<GitKill['when']>(['before', 'during', 'after'])(
  'isolated threads whose run is killed %s git calls lose nothing and are merged once',
  async (when) => {
    const scene = makeScene(3)
    for (let call = 1; await scene.crash({ git: { call, when } }); call += 3);
    expect(await scene.finish()).toBe(0)
    scene.expectTruth()
  },
  patience,
)

it(
  'isolated threads whose run is killed at random moments lose nothing and are merged once',
  async () => {
    const scene = makeScene(6)
    const random = seededRandom(7)
    for (let kill = 0; kill < 15; kill += 1) await scene.crash({ after: random() * 900 })
    expect(await scene.finish()).toBe(0)
    scene.expectTruth()
  },
  patience,
)

/** Takes half an hour: `CRASH_EVERY=before npx vitest run test/engine/isolated-crash.process.test.ts`. */
const every = process.env['CRASH_EVERY']

it.runIf(every !== undefined)(
  'isolated threads whose run is killed at any one git call lose nothing and are merged once',
  async () => {
    const when = every === 'before' || every === 'after' ? every : 'during'
    let found = true
    for (let call = 1; found; call += 1) {
      const scene = makeScene(2)
      found = await scene.crash({ git: { call, when } })
      expect(await scene.finish(), `call ${call}`).toBe(0)
      scene.expectTruth()
    }
  },
  3_600_000,
)
