import type { Chart, ChartState, ChartTransition } from './chart.ts'
import { isWithin, statesWithin } from './edges.ts'

/** A state of a chart that is a chart of its own, so that both can be read. */
export interface ChartPart {
  /** The id of the state. */
  state: string
  /** The name of its chart. */
  name: string
}

/** The chart without what is in the state: that names its chart, and arrows lead from it to where a way out of it ends. */
export function withoutPart(chart: Chart, { state, name }: ChartPart): Chart {
  const summarize = (one: ChartState): ChartState =>
    one.id === state ? summaryOf(one, name) : { ...one, states: one.states.map(summarize) }
  return { ...chart, states: chart.states.map(summarize) }
}

/** What is in the state, as a chart. The states outside to which it leads are its ends. */
export function partOf(chart: Chart, { state, name }: ChartPart): Chart {
  const whole = statesWithin(chart).find(({ id }) => id === state)
  if (whole === undefined) throw new Error(`The chart ${chart.name} has no state "${state}".`)
  const { initial, entry, exit, actors, transitions, states } = whole
  const inside = (id: string) => (isWithin(id, state) ? id.slice(state.length + 1) : id)
  const move = (transition: ChartTransition): ChartTransition => ({
    ...transition,
    targets: transition.targets.map(inside),
  })
  const moveState = (one: ChartState): ChartState => ({
    ...one,
    id: inside(one.id),
    initial: one.initial === null ? null : { ...one.initial, target: inside(one.initial.target) },
    transitions: one.transitions.map(move),
    states: one.states.map(moveState),
  })
  const all = [whole, ...statesWithin(whole)].flatMap((one) => one.transitions)
  return {
    name,
    initial: initial === null ? null : { ...initial, target: inside(initial.target) },
    entry,
    exit,
    actors,
    transitions: transitions.map(move),
    // Before the others: below them, arrows to the ends would cross the texts of those between them.
    states: [...targetsOutside(whole, all).map(endOf), ...states.map(moveState)],
  }
}

function summaryOf(state: ChartState, part: string): ChartState {
  const own = state.transitions.filter(({ targets }) => targets.some((target) => !isWithin(target, state.id)))
  const inner = statesWithin(state).flatMap(({ transitions }) => transitions)
  return {
    ...state,
    part,
    type: 'atomic',
    initial: null,
    transitions: [...own, ...targetsOutside(state, inner).map(unconditional)],
    states: [],
  }
}

/** The states outside a state to which these transitions lead. */
function targetsOutside({ id }: ChartState, transitions: ChartTransition[]): string[] {
  const targets = transitions.flatMap((transition) => transition.targets)
  return [...new Set(targets)].filter((target) => !isWithin(target, id))
}

function unconditional(target: string): ChartTransition {
  return { event: null, guard: null, targets: [target], reenter: false, actions: [] }
}

function endOf(id: string): ChartState {
  const nothing = { initial: null, reasons: [], entry: [], exit: [], actors: [], transitions: [], states: [] }
  return { ...nothing, id, name: id, type: 'final' }
}
