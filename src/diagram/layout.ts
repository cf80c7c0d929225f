import type { Chart, ChartState } from './chart.ts'
import { arrowLabel, initialLabel, scopeLines, stateLines } from './labels.ts'
import { anyWithin, arrowsOf, statesWithin, waysOf, type Arrow, type Edge } from './edges.ts'

/** A chart as it is drawn, whatever it is drawn with: boxes in boxes, and arrows from one to another. */
export interface Drawing extends DrawnScope {
  /** Lines above the picture. */
  title: string[]
  arrows: DrawnArrow[]
}

/** What lies in one frame, or in the whole picture. */
export interface DrawnScope {
  states: DrawnState[]
  /** Where it begins; null when all states begin at once. */
  initial: { target: string; label: string[] } | null
  /** The id of a mark that stands for whatever state is active here; null when no arrow needs it. */
  any: string | null
}

export interface DrawnState extends DrawnScope {
  id: string
  name: string
  type: ChartState['type']
  /** What is written below its name. */
  lines: string[]
  mark: Mark | null
}

export interface DrawnArrow {
  from: string
  to: string
  label: string[]
  /** Whether it leads to a state that is written before the one that it leaves. */
  isBack: boolean
  isTaken: boolean
}

export type Mark = 'present' | 'passed'

/** What a picture points out: the state of a thread, and the states before it. */
export interface Marks {
  title: string[]
  present: string
  passed: ReadonlySet<string>
  /** Whether the arrow between these states was taken. */
  isTaken: (from: string, to: string) => boolean
}

/** Lays out the visible parts of a chart; `marks` points something out in it. */
export function drawingOf(chart: Chart, marks?: Marks): Drawing {
  const states = statesWithin(chart)
  const ways = waysOf(chart)
  const arrows = arrowsOf(
    ways.filter(({ isDrawn }) => isDrawn),
    states,
  )
  const order = new Map(
    states.flatMap(({ id }, index) => [
      [id, index],
      [anyWithin(id), index],
    ]),
  )
  return {
    title: [...(marks?.title ?? []), ...scopeLines(chart, toldIn('', ways))],
    ...scopeOf('', chart, { arrows, ways, marks }),
    arrows: arrows.map(({ from, to, ...label }) => ({
      from,
      to,
      label: arrowLabel(label),
      isBack: (order.get(to) ?? -1) < (order.get(from) ?? -1),
      isTaken: marks?.isTaken(from, to) ?? false,
    })),
  }
}

interface Look {
  arrows: Arrow[]
  ways: Edge[]
  marks: Marks | undefined
}

function scopeOf(id: string, { initial, states }: Pick<Chart, 'initial' | 'states'>, look: Look): DrawnScope {
  const any = anyWithin(id)
  return {
    initial: initial === null ? null : { target: initial.target, label: initialLabel(initial) },
    any: look.arrows.some(({ from }) => from === any) ? any : null,
    states: states.map((state) => drawState(state, look)),
  }
}

function drawState(state: ChartState, look: Look): DrawnState {
  const { id, name, type } = state
  const seen = look.arrows.filter(({ to }) => to === id).map(({ from }) => from)
  const tellers = look.ways.filter(
    ({ source, transition, isDrawn }) =>
      !isDrawn && source !== id && transition.targets.includes(id) && !seen.includes(source),
  )
  const { marks } = look
  return {
    id,
    name,
    type,
    lines: stateLines(state, toldIn(id, look.ways), new Set(tellers.map(({ source }) => source)).size),
    mark: marks === undefined ? null : markOf(id, marks),
    ...scopeOf(id, state, look),
  }
}

function toldIn(id: string, ways: Edge[]): Edge[] {
  return ways.filter(({ source, isDrawn }) => source === id && !isDrawn)
}

function markOf(id: string, { present, passed }: Marks): Mark | null {
  if (id === present) return 'present'
  return passed.has(id) ? 'passed' : null
}
