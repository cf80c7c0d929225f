import type { SoakRunner } from './options.ts'
import { seededRandom } from '../builders/plan.ts'

/** What a kill hits. `update` is a report of an agent, `supervisor and git` the run with what it runs beside agents, `everything` all processes of the soak at once. */
export type Victim =
  | 'supervisor'
  | 'recorder'
  | 'agent'
  | 'agent and recorder'
  | 'server'
  | 'keeper'
  | 'server and keeper'
  | 'update'
  | 'supervisor and git'
  | 'everything'

/** One kill, chosen in advance. */
export interface Kill {
  victim: Victim
  /** What is waited for first: the start of the run, or a session that is running. */
  after: 'start' | 'session'
  /** Milliseconds to wait then. */
  delay: number
  /** From 0 to 1: which of several victims. */
  pick: number
  /** How the work is continued, when the kill ends the run. */
  next: readonly string[]
}

/** Supervisors are killed most: everything depends on what the next one makes of what it finds. */
const victims: Record<SoakRunner, readonly Victim[]> = {
  command: [
    ...(['supervisor', 'supervisor', 'supervisor', 'recorder', 'recorder', 'agent', 'agent'] as const),
    ...(['agent and recorder', 'update', 'everything'] as const),
  ],
  opencode: [
    ...(['supervisor', 'supervisor', 'supervisor', 'server', 'server', 'keeper'] as const),
    ...(['server and keeper', 'update', 'everything'] as const),
  ],
}

/** Isolated threads are prepared and merged by git, which is killed with the run. */
const ofIsolation: readonly Victim[] = Array.from({ length: 8 }, () => 'supervisor and git')

/** Longer than a session of the soak takes to start, shorter than a round. Milliseconds. */
const longestDelay: Record<SoakRunner, number> = { command: 900, opencode: 2500 }

/** The ways to continue. Both retry what failed or was interrupted. */
export const continuations = [
  ['multi', '--continue'],
  ['continue', '--fix', '--yes'],
] as const

/** The kills of a soak: the same for the same seed. */
export function scheduleKills(seed: number, runner: SoakRunner, count: number, isolation = false): Kill[] {
  const random = seededRandom(seed)
  const choose = <Choice>(choices: readonly Choice[], fallback: Choice): Choice =>
    choices[Math.floor(random() * choices.length)] ?? fallback
  return Array.from({ length: count }, () => ({
    victim: choose(isolation ? [...victims[runner], ...ofIsolation] : victims[runner], 'supervisor'),
    after: random() < 0.7 ? 'session' : 'start',
    delay: Math.round(random() ** 2 * longestDelay[runner]),
    pick: random(),
    next: choose(continuations, continuations[0]),
  }))
}
