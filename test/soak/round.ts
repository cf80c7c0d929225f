import { setTimeout as delay } from 'node:timers/promises'
import { audit, type Evidence, type Findings, type KillNote } from './audit.ts'
import { readLedger } from './ledger.ts'
import { findLeftovers } from './leftovers.ts'
import type { SoakRunner } from './options.ts'
import { killProcess, listProcesses, type Role, type SoakProcess } from './processes.ts'
import type { Ended, SoakRepository, Started } from './repository.ts'
import { continuations, type Kill, type Victim } from './schedule.ts'

/** How long a kill waits for its victim to appear, in milliseconds. */
const victimPatience = 30_000
/** How long a run may take when nobody is killed, in milliseconds. */
const runPatience = 180_000
/** How often a round is continued undisturbed until all is done: a thread that fails once is tried twice. */
const lastRuns = 6

/** The result of a round. */
export interface RoundResult {
  /** How many of the kills were done; the others found nothing left to kill. */
  kills: number
  byVictim: Map<Victim, number>
  sessions: number
  findings: Findings
}

/**
 * Runs the work of a repository to its end and kills on the way, as the schedule says: after each kill of a supervisor the
 * work is continued. Then everything that is recorded is compared with what the agents did.
 */
export async function runRound(
  repository: SoakRepository,
  runner: SoakRunner,
  schedule: readonly Kill[],
): Promise<RoundResult> {
  const round = new Round(repository)
  for (const kill of schedule) if (!(await round.kill(kill))) break
  await round.finish()
  return await round.result(runner)
}

class Round {
  readonly #repository: SoakRepository
  readonly #notes: KillNote[] = []
  readonly #earlier: Evidence['earlier'][number][] = []
  readonly #byVictim = new Map<Victim, number>()
  readonly #failures: string[] = []
  #run: Started | undefined

  constructor(repository: SoakRepository) {
    this.#repository = repository
  }

  /** Does one kill; false when all the work was done before. */
  async kill(kill: Kill): Promise<boolean> {
    for (;;) {
      const run = this.#running(kill.next)
      if (kill.after === 'session') await this.#untilSession(run)
      await delay(kill.delay)
      const victims = await this.#findVictims(kill, run)
      if (victims.length === 0) {
        this.#note(await this.#endOf(run))
        if (this.#isDone()) return false
        continue
      }
      this.#strike(kill, victims)
      if (victims.some(({ pid }) => pid === run.pid)) await run.end
      this.#earlier.push(this.#repository.tasks())
      return true
    }
  }

  /** Continues undisturbed until all is done. */
  async finish(): Promise<void> {
    if (this.#run !== undefined) this.#note(await this.#endOf(this.#run))
    for (let count = 0; count < lastRuns && !this.#isDone(); count += 1) {
      const args = continuations[count % continuations.length] ?? continuations[0]
      this.#note(await this.#endOf(this.#repository.start(args)))
    }
  }

  async result(runner: SoakRunner): Promise<RoundResult> {
    const tasks = this.#repository.tasks()
    const evidence = {
      runner,
      ledger: readLedger(this.#repository.ledger),
      kills: this.#notes,
      tasks,
      earlier: this.#earlier,
    }
    const found = audit(evidence)
    const leftOver = await findLeftovers(this.#repository)
    const faults = this.#repository.findFaults()
    return {
      kills: this.#notes.length,
      byVictim: this.#byVictim,
      sessions: tasks.reduce((count, { sessions = [] }) => count + sessions.length, 0),
      findings: { ...found, wrong: [...found.wrong, ...this.#failures, ...faults], leftOver },
    }
  }

  /** The run that is under way, or a new one. */
  #running(args: readonly string[]): Started {
    const run = this.#run
    if (run !== undefined && run.ended === undefined) return run
    if (run?.ended !== undefined) this.#note(run.ended)
    this.#run = this.#repository.start(args)
    return this.#run
  }

  /** Waits until something of a session is running; no longer than the run. */
  async #untilSession(run: Started): Promise<void> {
    const isRunning = () =>
      listProcesses(this.#repository.id).some(({ token, role }) => token !== '' || role === 'server')
    const end = performance.now() + victimPatience
    while (run.ended === undefined && !isRunning() && performance.now() < end) await delay(20)
  }

  /** Waits until there is one to kill; none when the run ends before, or none comes. */
  async #findVictims(kill: Kill, run: Started): Promise<SoakProcess[]> {
    const end = performance.now() + victimPatience
    while (run.ended === undefined) {
      const victims = choose(kill, listProcesses(this.#repository.id), run.pid)
      if (victims.length > 0) return victims
      // A supervisor is there at any time: a kill that finds nothing else kills that.
      if (performance.now() > end)
        return choose({ ...kill, victim: 'supervisor' }, listProcesses(this.#repository.id), run.pid)
      await delay(5)
    }
    return []
  }

  #strike({ victim }: Kill, victims: readonly SoakProcess[]): void {
    const hit = victims.filter(({ role }) => role !== 'supervisor' && role !== 'update')
    this.#notes.push({
      at: new Date().toISOString(),
      endsServer: victims.some(({ role }) => role === 'server'),
      tokens: hit.map(({ token }) => token).filter((token) => token !== ''),
    })
    this.#byVictim.set(victim, (this.#byVictim.get(victim) ?? 0) + 1)
    for (const { pid } of victims) killProcess(pid)
  }

  async #endOf(run: Started): Promise<Ended> {
    const ended = await Promise.race([run.end, delay(runPatience, undefined, { ref: false })])
    if (ended !== undefined) return ended
    this.#failures.push(`a run did not end in ${runPatience / 1000} seconds`)
    killProcess(run.pid)
    return await run.end
  }

  /** A run that ended by itself has either done its work or not. */
  #note({ code, signal, stderr }: Ended): void {
    if (this.#run?.ended !== undefined) this.#run = undefined
    if (signal === 'SIGKILL') return
    const isOdd = signal !== null || (code !== 0 && code !== 1) || /bug in work|^\s+at /m.test(stderr)
    if (isOdd) this.#failures.push(`a run ended with ${signal ?? code}: ${stderr.trim().slice(-500)}`)
  }

  #isDone(): boolean {
    return this.#repository.isDone()
  }
}

const roles: Record<Victim, readonly Role[]> = {
  supervisor: ['supervisor'],
  recorder: ['recorder'],
  agent: ['agent'],
  'agent and recorder': ['agent', 'recorder'],
  server: ['server'],
  keeper: ['keeper'],
  'server and keeper': ['server', 'keeper'],
  update: ['update'],
  'supervisor and git': ['supervisor', 'other'],
  everything: ['supervisor', 'recorder', 'agent', 'server', 'keeper', 'update', 'other'],
}

/** The processes that a kill hits: of sessions those of one, of all else every one. */
function choose(
  { victim, pick }: Kill,
  processes: readonly SoakProcess[],
  supervisor: number,
): SoakProcess[] {
  if (victim === 'supervisor') return processes.filter(({ pid }) => pid === supervisor)
  const found = processes.filter(({ role }) => roles[victim].includes(role))
  if (victim === 'everything' || victim === 'supervisor and git') return found
  if (victim === 'update') return pickOne(found, pick)
  const one = pickOne(
    found.filter(({ token }) => token !== ''),
    pick,
  )[0]
  return one === undefined ? found : found.filter(({ token }) => token === one.token)
}

function pickOne(processes: readonly SoakProcess[], pick: number): SoakProcess[] {
  const one = processes[Math.floor(pick * processes.length)]
  return one === undefined ? [] : [one]
}
