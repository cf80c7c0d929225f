import { describe, expect, test } from 'vitest'
import { WorkError } from '../../src/errors.ts'
import { parseSoakOptions } from './options.ts'

describe('the flags of a soak', () => {
  test('kills, runner, seed and isolation are taken as they are given', () => {
    expect(
      parseSoakOptions(['--kills', '200', '--runner', 'opencode', '--seed', '7', '--isolation']),
    ).toEqual({
      kills: 200,
      runner: 'opencode',
      seed: 7,
      isolation: true,
    })
  })

  test('without flags there are fifty kills of command agents, with a seed that is made up', () => {
    expect(parseSoakOptions([])).toEqual({
      kills: 50,
      runner: 'command',
      seed: expect.any(Number),
      isolation: false,
    })
  })

  test.each([
    [['--kills', 'many'], '--kills: found "many", expected a whole number from 1 to 100000.'],
    [['--kills', '0'], '--kills: found "0", expected a whole number from 1 to 100000.'],
    [['--kills=-3'], '--kills: found "-3", expected a whole number from 1 to 100000.'],
    [['--kills', '1.5'], '--kills: found "1.5", expected a whole number from 1 to 100000.'],
    [['--seed', 'x'], '--seed: found "x", expected a whole number from 0 to 2147483647.'],
    [['--runner', 'claude'], '--runner: found "claude", expected command or opencode.'],
    [['--runner', ''], '--runner: found "", expected command or opencode.'],
    [['--kill', '3'], "Unknown option '--kill'."],
    [['200'], "Unexpected argument '200'."],
  ])('%j is refused with what was found and what was expected', (args, message) => {
    const error = errorOf(() => parseSoakOptions(args))
    expect(error).toMatchObject({ message, exitCode: 2, hint: expect.stringContaining('npm run soak -- ') })
  })
})

function errorOf(act: () => unknown): WorkError {
  try {
    act()
  } catch (error) {
    if (error instanceof WorkError) return error
    throw error
  }
  throw new Error('Nothing was thrown.')
}
