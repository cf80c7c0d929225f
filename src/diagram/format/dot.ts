import {
  attributes,
  colors,
  dotDefaults,
  escaped,
  html,
  indented,
  quoted,
  table,
  type Attributes,
} from './dot-syntax.ts'
import type { DrawnArrow, Drawing, DrawnScope, DrawnState } from '../layout.ts'

type Frames = ReadonlyMap<string, DrawnState>

/** A drawing in the language of Graphviz. A state with states in it is a cluster, and arrows end at its border. */
export function toDot(drawing: Drawing): string {
  const frames = new Map(framesIn(drawing).map((frame) => [frame.id, frame]))
  const body = [
    ...Object.entries(dotDefaults).map(([kind, look]) => `${kind} ${attributes(look)}`),
    ...titleOf(drawing.title),
    ...scopeOf('', drawing, frames),
    ...drawing.arrows.map((arrow) => arrowOf(arrow, frames)),
  ]
  return ['digraph {', ...indented(body), '}', ''].join('\n')
}

function titleOf(title: string[]): string[] {
  if (title.length === 0) return []
  const [first = '', ...more] = title
  const lines = [`<b>${escaped(first)}</b>`, ...more.map(escaped)]
  return [
    `graph [labelloc=t, labeljust=l, label=<${lines.map((line) => `${line}<br align="left"/>`).join('')}>]`,
  ]
}

/** What lies in a frame, or in the whole picture: where it begins, what may be active in it, and its states. */
function scopeOf(id: string, { initial, any, states }: DrawnScope, frames: Frames): string[] {
  return [
    ...beginningOf(id, initial, frames),
    ...(any === null ? [] : [`${quoted(any)} ${attributes({ ...anyLook, label: 'any state in here' })}`]),
    ...states.flatMap((state) => stateOf(state, frames)),
  ]
}

/** A dot with an arrow. Where all states begin at once it can't be seen: arrows to the frame need an end within it. */
function beginningOf(id: string, initial: DrawnScope['initial'], frames: Frames): string[] {
  const from = beginOf(id)
  if (initial === null) return [`${quoted(from)} ${attributes({ shape: 'point', style: 'invis' })}`]
  const { target: to, label } = initial
  return [
    `${quoted(from)} ${attributes(dot)}`,
    arrowOf({ from, to, label, isBack: false, isTaken: false }, frames),
  ]
}

const dot = {
  shape: 'circle',
  width: 0.16,
  height: 0.16,
  fixedsize: true,
  label: '',
  color: colors.line,
  fillcolor: colors.line,
}
const anyLook = { style: 'rounded,dashed', color: colors.line, fontsize: 9.5, height: 0.3 }

function stateOf(state: DrawnState, frames: Frames): string[] {
  if (!isFrame(state)) return [nodeOf(state)]
  const { line } = lookOf(state)
  const look = {
    label: html(textOf(state)),
    labeljust: 'l',
    style: state.type === 'parallel' ? 'rounded,filled,dashed' : 'rounded,filled',
    fillcolor: colors.frame,
    color: line,
    penwidth: state.mark === null ? 1 : 2,
    margin: 14,
  }
  return [
    `subgraph ${quoted(clusterOf(state.id))} {`,
    ...indented([`graph ${attributes(look)}`, ...scopeOf(state.id, state, frames)]),
    '}',
  ]
}

function nodeOf(state: DrawnState): string {
  const { fill, line } = lookOf(state)
  const look: Attributes = { fillcolor: fill, color: line, penwidth: state.mark === null ? 1 : 2 }
  if (state.type === 'final') look['peripheries'] = 2
  if (state.type === 'history') look['shape'] = 'circle'
  return `${quoted(state.id)} ${attributes({ ...look, label: html(textOf(state)) })}`
}

function lookOf({ mark }: DrawnState): { fill: string; line: string } {
  return colors[mark ?? 'plain']
}

/** Its name, and below it the lines about it, a row each. */
function textOf({ name, lines, mark }: DrawnState): string {
  const head = `<b>${escaped(name)}${mark === 'present' ? ' (now)' : ''}</b>`
  if (lines.length === 0) return head
  const rest = lines.map((line) => `<font point-size="9.5">${escaped(line)}</font>`)
  return table([head, ...rest])
}

function arrowOf(arrow: DrawnArrow, frames: Frames): string {
  const { from, to, label, isBack, isTaken } = arrow
  const [tail, head] = [endOf(from, frames), startOf(to, frames)]
  const look: Attributes = {}
  // Against the stream it is written the other way round: so the states keep the order they are written in.
  if (isBack) look['dir'] = 'back'
  if (tail.frame !== undefined) look[isBack ? 'lhead' : 'ltail'] = tail.frame
  if (head.frame !== undefined) look[isBack ? 'ltail' : 'lhead'] = head.frame
  if (isTaken) Object.assign(look, { color: colors.passed.line, penwidth: 2.2 })
  if (label.length > 0) look['label'] = html(arrowText(label, isTaken))
  const [first, second] = isBack ? [head, tail] : [tail, head]
  return `${quoted(first.node)} -> ${quoted(second.node)} ${attributes(look)}`
}

interface End {
  node: string
  /** The cluster at whose border the arrow is cut off. */
  frame?: string
}

function endOf(id: string, frames: Frames): End {
  const frame = frames.get(id)
  if (frame === undefined) return { node: id }
  const inner = frame.any ?? frame.states.findLast((state) => !isFrame(state))?.id ?? beginOf(id)
  return { node: inner, frame: clusterOf(id) }
}

function startOf(id: string, frames: Frames): End {
  return frames.has(id) ? { node: beginOf(id), frame: clusterOf(id) } : { node: id }
}

/** Room around the text of an arrow, in points: Graphviz keeps the other arrows out of it, and bends its own around it. */
const labelPadding = 7

function arrowText(label: string[], isTaken: boolean): string {
  const rows = label.map((line) => (isTaken ? `<b>${escaped(line)}</b>` : escaped(line)))
  return `<table border="0" cellborder="0" cellspacing="0"><tr><td cellpadding="${labelPadding}">${table(rows, 1)}</td></tr></table>`
}

function beginOf(id: string): string {
  return `${id}.begin`
}

function clusterOf(id: string): string {
  return `cluster ${id}`
}

function framesIn({ states }: DrawnScope): DrawnState[] {
  return states.flatMap((state) => [...(isFrame(state) ? [state] : []), ...framesIn(state)])
}

function isFrame({ states }: DrawnState): boolean {
  return states.length > 0
}
