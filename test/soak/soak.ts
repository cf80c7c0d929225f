import { join } from 'node:path'
import { startModelServer } from '../helpers/model-server.ts'
import { opencodeEnv } from '../helpers/opencode-env.ts'
import type { Findings } from './audit.ts'
import { soakScript } from './model.ts'
import type { SoakOptions } from './options.ts'
import { killProcess, listProcesses } from './processes.ts'
import {
  makeSoakRepository,
  type RepositoryOptions,
  type SoakPlace,
  type SoakRepository,
} from './repository.ts'
import { runRound, type RoundResult } from './round.ts'
import { scheduleKills, type Kill, type Victim } from './schedule.ts'

/** The result of a soak. */
export interface SoakReport {
  kills: number
  byVictim: Map<Victim, number>
  sessions: number
  findings: Findings
  /** Seconds. */
  took: number
}

/** The most kills in one repository: then its work is finished and looked through. */
const killsPerRound = 12
/** Seconds for each kill, and for a soak as a whole: many times what they take on a busy machine. */
const limits = { perKill: 30, atAll: 300 }

/** Runs rounds until all kills are done. Throws when it takes far too long; removes all that it made. */
export async function soak(
  options: SoakOptions,
  place: SoakPlace,
  say: (line: string) => void,
): Promise<SoakReport> {
  const begin = performance.now()
  const took = () => Math.round((performance.now() - begin) / 1000)
  const limit = limits.atAll + limits.perKill * options.kills
  const schedule = scheduleKills(options.seed, options.runner, options.kills, options.isolation)
  const report: SoakReport = { kills: 0, byVictim: new Map(), sessions: 0, findings: noFindings(), took: 0 }
  while (report.kills < schedule.length) {
    if (took() > limit) throw new Error(`The soak did ${report.kills} kills in ${limit} seconds.`)
    const kills = schedule.slice(report.kills, report.kills + killsPerRound)
    const result = await makeRound(options, place, kills)
    for (const line of describeFindings(result.findings)) say(line)
    add(report, result)
    say(
      `${report.kills} of ${options.kills} kills, ${report.sessions} sessions, ${countFindings(report.findings)} findings`,
    )
  }
  return { ...report, took: took() }
}

/** A line for each finding, with its kind. */
function describeFindings({ lost, doubled, wrong, leftOver }: Findings): string[] {
  return [
    ...lost.map((finding) => `lost: ${finding}`),
    ...doubled.map((finding) => `doubled: ${finding}`),
    ...wrong.map((finding) => `wrong: ${finding}`),
    ...leftOver.map((finding) => `left over: ${finding}`),
  ]
}

/** How many findings there are of any kind. */
export function countFindings(findings: Findings): number {
  return Object.values(findings).reduce((count: number, list: string[]) => count + list.length, 0)
}

async function makeRound(
  { runner, isolation }: SoakOptions,
  place: SoakPlace,
  kills: readonly Kill[],
): Promise<RoundResult> {
  if (runner === 'command')
    return await inRepository({ place, runner, isolation, environment: () => ({}) }, kills)
  const doubled: string[] = []
  let ledger = ''
  const script = soakScript(
    () => ledger,
    (finding) => doubled.push(finding),
  )
  const model = await startModelServer(script)
  try {
    const environment = (folder: string) => {
      ledger = join(folder, 'ledger')
      return opencodeEnv(join(folder, 'opencode'), model)
    }
    const result = await inRepository({ place, runner, isolation, environment }, kills)
    const asked = model.strangers.map((stranger) => `opencode asked ${stranger}`)
    const { findings } = result
    return {
      ...result,
      findings: {
        ...findings,
        doubled: [...findings.doubled, ...doubled],
        wrong: [...findings.wrong, ...asked],
      },
    }
  } finally {
    model.close()
  }
}

async function inRepository(options: RepositoryOptions, kills: readonly Kill[]): Promise<RoundResult> {
  const repository = await makeSoakRepository(options)
  const stop = () => clear(repository)
  process.once('exit', stop)
  try {
    return await runRound(repository, options.runner, kills)
  } finally {
    process.off('exit', stop)
    stop()
  }
}

/** Ends what is left of a round, whatever its result, and removes its files. */
function clear(repository: SoakRepository): void {
  for (let left = listProcesses(repository.id); left.length > 0; left = listProcesses(repository.id)) {
    for (const { pid } of left) killProcess(pid)
  }
  repository.remove()
}

function add(report: SoakReport, { kills, byVictim, sessions, findings }: RoundResult): void {
  report.kills += kills
  report.sessions += sessions
  for (const [victim, count] of byVictim)
    report.byVictim.set(victim, (report.byVictim.get(victim) ?? 0) + count)
  report.findings.lost.push(...findings.lost)
  report.findings.doubled.push(...findings.doubled)
  report.findings.wrong.push(...findings.wrong)
  report.findings.leftOver.push(...findings.leftOver)
}

function noFindings(): Findings {
  return { lost: [], doubled: [], wrong: [], leftOver: [] }
}
