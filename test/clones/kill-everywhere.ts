import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { PrepareOrder } from '../../src/clones/prepare.ts'
import type { MainTree } from '../helpers/main-tree.ts'

/** Prepares in a process of its own, which is killed with all that it started after `ms`; whether it ended before. */
async function killAfter(program: string, main: MainTree, order: PrepareOrder, ms: number): Promise<boolean> {
  const file = join(main.root, '..', 'order.json')
  writeFileSync(file, JSON.stringify({ site: main.site(), order }))
  const child = spawn(process.execPath, [program, file], {
    detached: true,
    stdio: 'inherit',
  })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const first = await Promise.race([ended, delay(ms, 'time' as const)])
  if (first === 'time' && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  const code = await ended
  if (code !== null && code !== 0) throw new Error(`The worker ended with exit code ${code}.`)
  return code === 0
}

/** How many moments, spread over the time that it takes without a kill. */
const moments = 3

/** Kills at several moments, each time from a start that `begin` makes, and checks the result of a repetition. */
export async function killEverywhere(
  program: string,
  main: MainTree,
  order: PrepareOrder,
  begin: () => void | Promise<void>,
  check: () => Promise<void>,
): Promise<number> {
  let kills = 0
  await begin()
  const start = performance.now()
  await killAfter(program, main, order, 60_000)
  const duration = performance.now() - start
  for (let moment = 1; moment <= moments; moment++) {
    await begin()
    if (!(await killAfter(program, main, order, (duration * moment) / (moments + 1)))) kills++
    await check()
  }
  return kills
}
