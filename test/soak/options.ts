import { parseArgs } from 'node:util'
import { messageOf, WorkError } from '../../src/errors.ts'

export const soakRunners = ['command', 'opencode'] as const
export type SoakRunner = (typeof soakRunners)[number]

/** What a soak does. */
export interface SoakOptions {
  kills: number
  runner: SoakRunner
  /** Of the victims and moments: the same number makes the same choices. */
  seed: number
  /** Whether each thread works in a clone of its own. */
  isolation: boolean
}

const example = 'npm run soak -- --kills 200 --runner command --seed 1'
const mostKills = 100_000

/** Reads the flags. Throws a `WorkError` (`usage`) that names the flag, what was found and what was expected. */
export function parseSoakOptions(args: readonly string[]): SoakOptions {
  const { kills, runner, seed, isolation } = readFlags(args)
  const known = soakRunners.find((one) => one === runner)
  if (known === undefined) throw usage(`--runner: found "${runner}", expected ${soakRunners.join(' or ')}.`)
  return {
    kills: wholeNumber('--kills', kills, 1, mostKills),
    runner: known,
    isolation,
    seed: seed === undefined ? Math.floor(Math.random() * 1e6) : wholeNumber('--seed', seed, 0, 2 ** 31 - 1),
  }
}

function readFlags(args: readonly string[]) {
  try {
    const options = {
      kills: { type: 'string', default: '50' },
      runner: { type: 'string', default: 'command' },
      seed: { type: 'string' },
      isolation: { type: 'boolean', default: false },
    } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    // The first sentence says what is wrong; those after it are about positional arguments, which there are none.
    throw usage(`${messageOf(error).split('. ')[0]?.replace(/\.$/, '')}.`)
  }
}

function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN
  if (number >= least && number <= most) return number
  throw usage(`${flag}: found "${text}", expected a whole number from ${least} to ${most}.`)
}

function usage(message: string): WorkError {
  return new WorkError(message, { code: 'usage', hint: example })
}
