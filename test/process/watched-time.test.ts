import { expect, test } from 'vitest'
import { WatchedTime } from '../../src/process/watched-time.ts'

const [second, minute, day] = [1000, 60_000, 86_400_000]

test.each<[string, number[], number]>([
  ['time that passes while it is watched', Array.from({ length: 90 }, () => second), 90 * second],
  ['a busy machine that looks late', [3 * second, 8 * second], 11 * second],
  ['a sleep, where the clock stands still meanwhile', [second, 0, second], 2 * second],
  ['a sleep of a night, where the clock goes on', [second, day / 3, second], 12 * second],
  ['a clock that jumps a day forward', [second, day, second], 12 * second],
  ['a clock that jumps back', [minute / 6, -day, second], 11 * second],
  ['nothing', [], 0],
])('supervised time counts %s', (_, steps, expected) => {
  let now = 1_000_000
  const time = new WatchedTime(0, () => now)
  let counted = time.count()
  for (const step of steps) {
    now += step
    counted = time.count()
  }
  expect(counted).toBe(expected)
})

test('supervised time continues from an earlier count', () => {
  let now = 0
  const time = new WatchedTime(5000, () => now)
  now = 700
  expect(time.count()).toBe(5700)
})

test('supervised time does not depend on the system clock', () => {
  const { now } = Date
  try {
    const time = new WatchedTime()
    Date.now = () => now() + day
    expect(time.count()).toBeLessThan(day)
    Date.now = () => now() - day
    expect(time.count()).toBeGreaterThanOrEqual(0)
  } finally {
    Date.now = now
  }
})
