import type { ChartInitial, ChartScope, ChartState } from './chart.ts'
import type { Arrow, Edge } from './edges.ts'

/** Letters of a line on an arrow, and in a state. */
const widths = { arrow: 24, state: 28 }

/** The lines on an arrow: what happens, on which condition, and what is done then. */
export function arrowLabel({ events, guard, turn, actions }: Omit<Arrow, 'from' | 'to'>): string[] {
  return [
    ...wrap(events.join(', '), widths.arrow),
    ...(guard === null ? [] : [guardWords(guard, turn)]),
    ...(actions.length === 0 ? [] : wrap(`/ ${actions.join(', ')}`, widths.arrow)),
  ]
}

export function initialLabel({ actions }: ChartInitial): string[] {
  return arrowLabel({ events: [], guard: null, turn: null, actions })
}

/** The lines below the name of a state; `sources` is the number of states with a line that they lead here. */
export function stateLines(state: ChartState, told: Edge[], sources: number): string[] {
  const { reasons, part } = state
  return [
    ...(part === undefined ? [] : [`see the chart of ${part}`]),
    ...scopeLines(state, told),
    ...wrap(reasons.length === 0 ? '' : `reason = ${reasons.join(', ')}`, widths.state),
    ...wrap(sources === 0 ? '' : `from ${sources} more ${sources === 1 ? 'state' : 'states'}`, widths.state),
  ]
}

/** What runs in a state, and what it does without an arrow. */
export function scopeLines({ actors, entry, exit }: ChartScope, told: Edge[]): string[] {
  const lines = [
    ...actors.map((actor) => `runs ${actor}`),
    entry.length === 0 ? '' : `on entry / ${entry.join(', ')}`,
    exit.length === 0 ? '' : `on exit / ${exit.join(', ')}`,
    ...told.map(toldWords),
  ]
  return lines.flatMap((text) => wrap(text, widths.state))
}

/** A transition in one line; one that re-enters its state leads to it, and an event without effect is shown too. */
function toldWords({ source, transition, guard, turn }: Edge): string {
  const { event, targets, actions, reenter } = transition
  const away = targets.filter((target) => target !== source || reenter)
  return [
    event ?? '',
    guard === null ? '' : guardWords(guard, turn),
    away.length === 0 ? '' : `→ ${away.map(nameOf).join(', ')}`,
    actions.length > 0 ? `/ ${actions.join(', ')}` : away.length === 0 ? '/ nothing' : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function guardWords(guard: string, turn: number | null): string {
  return turn === null ? `[${guard}]` : `[${guard}] (${turn})`
}

/** The innermost name of an id. */
function nameOf(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1)
}

/** Breaks a text at its spaces. A word that is longer than a line stays whole, and no line ends in a sign. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/(?<![/→] *) /)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else if (word !== '') lines.push(word)
  }
  return lines
}
