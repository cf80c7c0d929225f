import type { SessionRecord } from '../../machines/session.ts'
import {
  committingState,
  deliveringState,
  nextModelState,
  preparingState,
  startingState,
  verifyingState,
} from '../../machines/thread-states.ts'
import type { ThreadStatus } from '../../machines/statuses.ts'
import type { Chart } from './chart.ts'
import type { Marks } from './layout.ts'
import { isWithin, statesWithin } from './edges.ts'

/** What tasks.json knows of a thread's way through its chart. */
export interface ThreadHistory {
  id: string
  name: string
  /** A top-level state of the thread chart. */
  status: ThreadStatus
  /** The value of its snapshot, as it was persisted; undefined where there is none. */
  value: unknown
  /** Oldest first. */
  sessions: SessionRecord[]
  /** Why the delivery of the last session's work stopped, where it did. */
  deliveryReason?: string | undefined
}

/** The state of a thread, and the states that it is known to have been in. */
export interface Trail {
  present: string
  steps: TrailStep[]
}

interface TrailStep {
  /** A top-level state of the thread chart, or `running.delivering`. */
  state: string
  /** The session that led here, counted from 1; null for a step that none did. */
  session: number | null
  /** Why it did not complete, where that is known. */
  reason: string | null
  /** A state that it came through on its way from the step before; null when that is not known. */
  through: string | null
  /** The state that was entered with it, where the session decides that; null where the chart alone does. */
  first: string | null
}

const nextModel = stateId(nextModelState)
const delivering = stateId(deliveringState)

/**
 * The way of a thread through its chart by its sessions: each of them led to `running`, and then to its outcome; the
 * work of a completed one was delivered first, if it had to be. What is
 * recorded nowhere is left out: how often a running thread was restored, which command started a session.
 */
export function trailOf(chart: Chart, { status, value, sessions, deliveryReason }: ThreadHistory): Trail {
  const steps: TrailStep[] = [{ ...unknown, state: 'pending' }]
  for (const [index, session] of sessions.entries()) {
    const before = sessions[index - 1]
    const isFallback = before !== undefined && wentOnAtOnce(before, session)
    if (isFallback) steps.pop()
    const known = { ...unknown, session: index + 1 }
    steps.push({
      ...known,
      state: 'running',
      through: isFallback ? nextModel : null,
      first: stateId(session.branch === undefined ? startingState : preparingState),
    })
    if (session.status === 'completed' && session.deliver !== undefined) {
      const first = stateId(session.deliver === 'merge' ? committingState : verifyingState)
      steps.push({ ...known, state: delivering, first })
    } else if (session.status !== 'running') {
      steps.push({ ...known, state: session.status, reason: session.reason ?? null })
    }
  }
  const last = steps.at(-1)?.state
  const present = presentIn(chart, stateOf(value), status)
  const isDelivered = last === delivering && status !== 'running'
  const isOnItsWay = last !== undefined && isWithin(last, status)
  if (isDelivered || !isOnItsWay) {
    steps.push({ ...unknown, state: status, reason: isDelivered ? (deliveryReason ?? null) : null })
  }
  return { present, steps }
}

const unknown = { session: null, reason: null, through: null, first: null } as const

/** The innermost state of a value that the chart shows; the status where it shows none. */
function presentIn(chart: Chart, value: string | undefined, status: ThreadStatus): string {
  const shown = value === undefined ? [] : [value, ...outerStates(value)]
  const present = shown.find((id) => statesWithin(chart).some((state) => state.id === id))
  return present !== undefined && isWithin(present, status) ? present : status
}

/** What the picture of the thread chart points out for a trail. */
export function marksOf(chart: Chart, { id, name }: Pick<ThreadHistory, 'id' | 'name'>, trail: Trail): Marks {
  const taken = trail.steps.flatMap((step, index) => {
    const before = trail.steps[index - 1]
    return before === undefined ? [] : knownArrows(chart, before.state, step)
  })
  const reached = [trail.present, ...trail.steps.map(({ state }) => state), ...taken.flat()]
  const passed = new Set(reached.flatMap((state) => [...enteredWith(chart, state), ...outerStates(state)]))
  return {
    title: [`Thread ${id} ${name}`, ...wayWords(trail)],
    present: trail.present,
    passed,
    isTaken: (from, to) => taken.some(([source, target]) => source === from && target === to),
  }
}

/** The next model took over where the provider refused the one before: such a session begins when that one ended. */
function wentOnAtOnce(before: SessionRecord, session: SessionRecord): boolean {
  return before.reason === 'provider' && before.completedAt === session.startedAt
}

/** `{ running: 'working' }` is `running.working`. */
export function stateId(value: object): string {
  const id = stateOf(value)
  if (id === undefined) throw new Error('It is no value of a chart.')
  return id
}

/** The same for what may be no value of a chart: then undefined. */
function stateOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return undefined
  const [entry] = Object.entries(value)
  if (entry === undefined) return undefined
  const inner = stateOf(entry[1])
  return inner === undefined ? entry[0] : `${entry[0]}.${inner}`
}

/** The arrows that a step must have taken: those of the state it came through, else the only ones that lead there. */
function knownArrows(chart: Chart, from: string, step: TrailStep): [string, string][] {
  const { state, first } = step
  const chosen: [string, string][] =
    first === null
      ? []
      : enteredWith(chart, state)
          .slice(-1)
          .map((opening) => [opening, first])
  return [...arrowsTo(chart, from, step), ...chosen]
}

function arrowsTo(chart: Chart, from: string, { state, through }: TrailStep): [string, string][] {
  const all = statesWithin(chart).flatMap(({ id, transitions }) =>
    transitions.flatMap(({ targets }) => targets.map((target): [string, string] => [id, target])),
  )
  if (through !== null) return all.filter((arrow) => arrow.includes(through))
  // A delivery is a step of its own, apart from the session before it.
  const isOf = (id: string, step: string) =>
    isWithin(id, step) && (step === delivering || !isWithin(id, delivering))
  const direct = all.filter(([source, target]) => from !== state && isOf(source, from) && isOf(target, state))
  return new Set(direct.map(String)).size === 1 ? direct : []
}

/** A state, and those that are entered with it. */
function enteredWith(chart: Chart, id: string): string[] {
  const initial = statesWithin(chart).find((state) => state.id === id)?.initial
  return initial === null || initial === undefined ? [id] : [id, ...enteredWith(chart, initial.target)]
}

function outerStates(id: string): string[] {
  const end = id.lastIndexOf('.')
  return end < 0 ? [] : [id.slice(0, end), ...outerStates(id.slice(0, end))]
}

/** Letters of a line of the title. */
const titleWidth = 90

function wayWords({ steps }: Trail): string[] {
  const lines: string[] = []
  for (const [index, { state, session, reason, through }] of steps.entries()) {
    const number = state === 'running' && session !== null ? ` (session ${session})` : ''
    const way = index === 0 ? '' : through === null ? '→ ' : '→ next model → '
    const word = `${way}${nameOf(state)}${number}${reason === null ? '' : ` (${reason})`}`
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > titleWidth) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** The innermost name of an id. */
function nameOf(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1)
}
