import { exitCodes, WorkError } from '../../src/errors.ts'
import { parseSoakOptions } from './options.ts'
import type { SoakPlace } from './repository.ts'
import { countFindings, soak, type SoakReport } from './soak.ts'

/** `npm run soak`: prints the result, and returns the exit code: 1 when anything was found. */
export async function main(args: readonly string[], place: SoakPlace): Promise<number> {
  // Ends the soak by `exit`, which ends what it has started.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(exitCodes.interrupted))
  }
  try {
    const options = parseSoakOptions(args)
    if (process.platform !== 'linux') {
      throw new WorkError('The soak needs Linux: it finds processes by their environment in /proc.', {
        code: 'no-proc',
      })
    }
    say(
      `seed ${options.seed}, runner ${options.runner}${options.isolation ? ', isolated' : ''}, ${options.kills} kills`,
    )
    const report = await soak(options, place, say)
    for (const line of describe(report)) say(line)
    return countFindings(report.findings) === 0 ? 0 : exitCodes.unfinished
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    process.stderr.write(`Error: ${error.message}\n${error.hint === undefined ? '' : `  → ${error.hint}\n`}`)
    return error.exitCode
  }
}

function describe({ kills, byVictim, sessions, findings, took }: SoakReport): string[] {
  const { lost, doubled, wrong, leftOver } = findings
  const victims = [...byVictim].toSorted(([, left], [, right]) => right - left)
  return [
    `killed: ${victims.map(([victim, count]) => `${victim} ${count}`).join(', ')}; ${took} seconds`,
    `kills ${kills}  sessions ${sessions}  lost ${lost.length}  doubled ${doubled.length}  wrong ${wrong.length}  left over ${leftOver.length}`,
  ]
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
