import type { Chart, ChartState, ChartTransition } from './chart.ts'

/** A transition as one of those that its state has. */
export interface Edge {
  /** The state that has it; empty for the chart itself. */
  source: string
  transition: ChartTransition
  /** `else` for the one that is left when no guard holds. */
  guard: string | null
  /** Where several guards are asked: its turn. */
  turn: number | null
  /** Whether by an arrow; otherwise it is a line in the state. */
  isDrawn: boolean
}

/** One arrow of a picture, for one or more events. */
export interface Arrow {
  from: string
  to: string
  events: string[]
  guard: string | null
  turn: number | null
  actions: string[]
}

/** From so many states on, the same way out is a line in each of them: the arrows would hide all others. */
const manySources = 5

/** The id of the mark that stands for any state within `state`; the chart itself is the empty id. */
export function anyWithin(state: string): string {
  return `${state}.*`
}

/** Every state within a chart or a state, from the outside in. */
export function statesWithin({ states }: { states: ChartState[] }): ChartState[] {
  return states.flatMap((state) => [state, ...statesWithin(state)])
}

/** Whether a state is `outer` or lies in it. */
export function isWithin(id: string, outer: string): boolean {
  return outer === '' || id === outer || id.startsWith(`${outer}.`)
}

/** Every transition of a chart, and how it is shown. */
export function waysOf(chart: Chart): Edge[] {
  const ways = [{ id: '', transitions: chart.transitions }, ...statesWithin(chart)].flatMap(waysFrom)
  const isMany = (way: Edge) =>
    new Set(ways.filter(isLike(way)).map(({ source }) => source)).size >= manySources
  const parallel = statesWithin(chart).filter(({ type }) => type === 'parallel')
  const canBeDrawn = (way: Edge) => leaves(way) && !parallel.some(({ id }) => leadsOut(way, id))
  const drawn = new Set(ways.filter((way) => canBeDrawn(way) && !isMany(way)))
  // An arrow leads to each state, so that it is placed where it belongs.
  for (const { id } of statesWithin(chart)) {
    const entering = ways.filter((way) => canBeDrawn(way) && way.transition.targets.includes(id))
    const last = entering.at(-1)
    if (last !== undefined && !entering.some((way) => drawn.has(way))) drawn.add(last)
  }
  return ways.map((way) => ({ ...way, isDrawn: drawn.has(way) }))
}

/** The arrows for these ways: equal ones become one. */
export function arrowsOf(ways: Edge[], states: ChartState[]): Arrow[] {
  const arrows = new Map<string, Arrow>()
  for (const arrow of ways.flatMap((way) => arrowsFor(way, states))) {
    const { events, ...rest } = arrow
    const key = JSON.stringify([rest, events.length === 0])
    const same = arrows.get(key)
    if (same === undefined) arrows.set(key, arrow)
    else same.events.push(...events)
  }
  return [...arrows.values()]
}

function waysFrom({ id, transitions }: Pick<ChartState, 'id' | 'transitions'>): Edge[] {
  return transitions.map((transition) => {
    const guarded = transitions.filter(({ event, guard }) => event === transition.event && guard !== null)
    const isElse = transition.guard === null && guarded.length > 0
    return {
      source: id,
      transition,
      guard: isElse ? 'else' : transition.guard,
      turn: guarded.length > 1 && !isElse ? guarded.indexOf(transition) + 1 : null,
      isDrawn: false,
    }
  })
}

/** Ways with the same guard to the same end mean the same wherever they begin. */
function isLike(way: Edge): (other: Edge) => boolean {
  const exitOf = ({ transition: { targets, actions }, guard }: Edge) =>
    JSON.stringify([targets, actions, guard])
  return (other) => exitOf(other) === exitOf(way)
}

/** Whether it leads to another state. What does not is a line in the state: an arrow back to itself says no more. */
function leaves({ source, transition: { targets } }: Edge): boolean {
  return targets.some((target) => target !== source)
}

/** Whether it leads to the frame around its state: an arrow from within could only point at the frame's own ground. */
function leadsOut({ source, transition: { targets } }: Edge, frame: string): boolean {
  return targets.includes(frame) && isWithin(source, frame)
}

function arrowsFor({ source, transition, guard, turn }: Edge, states: ChartState[]): Arrow[] {
  const { event, targets, actions } = transition
  const isFrame = source === '' || states.some(({ id }) => id !== source && isWithin(id, source))
  return targets.map((target) => ({
    from: isFrame && isWithin(target, source) ? anyWithin(source) : source,
    // An arrow from within a frame to the frame itself could not be seen.
    to: isWithin(source, target) ? entered(target, states) : target,
    events: event === null ? [] : [event],
    guard,
    turn,
    actions,
  }))
}

/** The innermost state that is entered with this one. */
function entered(id: string, states: ChartState[]): string {
  const initial = states.find((state) => state.id === id)?.initial
  return initial === null || initial === undefined ? id : entered(initial.target, states)
}
