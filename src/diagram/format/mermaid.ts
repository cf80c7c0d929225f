import { indented } from './dot-syntax.ts'
import type { DrawnArrow, Drawing, DrawnScope, DrawnState, Mark } from '../layout.ts'
import { isWithin } from '../edges.ts'

/** Both can be read on a light page and on a dark one. */
const looks: Record<Mark, string> = {
  passed: 'fill:#e0f3e6,stroke:#1f7a44,stroke-width:2px,color:#1b2733',
  present: 'fill:#ffe7b0,stroke:#b35900,stroke-width:3px,color:#1b2733',
}

/** A drawing as a Mermaid `stateDiagram-v2`, which GitHub and many editors draw. */
export function toMermaid(drawing: Drawing): string {
  // Mermaid paints a frame over what lies in it.
  const marked = statesOf(drawing).filter(({ mark, states }) => mark !== null && states.length === 0)
  const body = [
    ...scopeOf('', drawing, laidOut(drawing)),
    ...(marked.length === 0 ? [] : Object.entries(looks).map(([mark, look]) => `classDef ${mark} ${look}`)),
    ...marked.map(({ id, mark }) => `class ${idOf(id)} ${mark}`),
  ]
  return [...headOf(drawing.title), 'stateDiagram-v2', ...indented(body), ''].join('\n')
}

/** YAML above the diagram: room for the labels, and the title; a title that is a JSON text is one in YAML, too. */
function headOf(title: string[]): string[] {
  const [name, ...way] = title.map(plain)
  const words =
    name === undefined
      ? []
      : [`title: ${JSON.stringify([name, ...(way.length > 0 ? [way.join(' ')] : [])].join(' · '))}`]
  return ['---', ...words, 'config:', '  state:', '    nodeSpacing: 60', '    rankSpacing: 100', '---']
}

/**
 * The arrows as Mermaid lays them out without labels over one another: into a frame to the state that is entered first,
 * one between two states, and those to earlier states first, for it follows them in order to find what is above what.
 */
function laidOut(drawing: Drawing): DrawnArrow[] {
  const states = statesOf(drawing)
  const entered = (id: string): string => {
    const initial = states.find((state) => state.id === id)?.initial
    return initial === null || initial === undefined ? id : entered(initial.target)
  }
  const joined = new Map<string, DrawnArrow>()
  for (const arrow of drawing.arrows) {
    const to = entered(arrow.to)
    const ends = `${arrow.from} ${to}`
    const before = joined.get(ends)
    const label = before === undefined ? arrow.label : [...before.label, 'or', ...arrow.label]
    joined.set(ends, { ...arrow, to, label })
  }
  const place = (id: string) => states.findIndex((state) => state.id === id)
  return [...joined.values()].toSorted((left, right) => place(left.to) - place(right.to))
}

function scopeOf(id: string, scope: DrawnScope, arrows: DrawnArrow[], type?: DrawnState['type']): string[] {
  const { initial, any, states } = scope
  const here = arrows.filter(({ from, to }) => isWithin(from, id) && isWithin(to, id))
  const frames = states.filter((state) => state.states.length > 0)
  const own = here.filter(({ from, to }) =>
    frames.every((frame) => !isWithin(from, frame.id) || !isWithin(to, frame.id)),
  )
  const regions = states.map((state) => stateOf(state, here))
  return [
    ...(type === 'parallel'
      ? regions.flatMap((lines, index) => (index === 0 ? lines : ['--', ...lines]))
      : regions.flat()),
    ...(any === null ? [] : [`state "any state in here" as ${idOf(any)}`]),
    ...(initial === null ? [] : [arrowText('[*]', idOf(initial.target), initial.label)]),
    ...own.map(({ from, to, label, isTaken }) => arrowText(idOf(from), idOf(to), label, isTaken)),
  ]
}

function stateOf(state: DrawnState, arrows: DrawnArrow[]): string[] {
  const { id, name, lines, mark, type } = state
  const head = [name, type === 'final' ? '(end)' : '', mark === 'present' ? '(now)' : ''].join(' ')
  const text = [head, ...lines].map(plain).join('<br/>')
  const declared = `state "${text}" as ${idOf(id)}`
  if (state.states.length === 0) return [declared]
  return [`${declared} {`, ...indented(scopeOf(id, state, arrows, state.type)), '}']
}

function arrowText(from: string, to: string, label: string[], isTaken = false): string {
  const lines = isTaken ? ['✓', ...label] : label
  return `${from} --> ${to}${lines.length === 0 ? '' : ` : ${lines.map(plain).join('<br/>')}`}`
}

function statesOf({ states }: DrawnScope): DrawnState[] {
  return states.flatMap((state) => [state, ...statesOf(state)])
}

/** Words that mean something else to Mermaid than the name of a state. */
const reserved = new Set(
  'as choice class classdef click default direction end fork hide join note scale state style'.split(' '),
)

function idOf(id: string): string {
  const name = id
    .replaceAll('.', '__')
    .replaceAll('*', 'any')
    .replaceAll(/[^A-Za-z0-9_]/g, '_')
  return reserved.has(name.toLowerCase()) ? `${name}_` : name
}

/** Without what Mermaid takes for a sign of its own. */
function plain(text: string): string {
  return text
    .replaceAll(/[:;#"`<>{}%\\]/g, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim()
}
