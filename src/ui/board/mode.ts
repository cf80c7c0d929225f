import type { Style } from '../style.ts'
import { oneLine } from '../../text/sanitize.ts'
import { fit, pad, textWidth, wrapLine } from '../width.ts'

/** What the board shows in addition to its rows, by the keys that were pressed. */
export type BoardMode =
  /** Nobody presses keys, as where the input is no terminal. */
  | { type: 'keyless' }
  | { type: 'watching' }
  /** Another process runs the threads. */
  | { type: 'following' }
  /** A pointer is at one of these threads. */
  | { type: 'choosing'; action: 'log' | 'stop'; from: readonly string[]; chosen: string }
  /** The end of a thread's log, as lines that are not safe to print. */
  | { type: 'reading'; id: string; lines: readonly string[] }
  | { type: 'help' }
  | { type: 'detaching' }

/** The keys that work in a mode, as many as have room in the last line of the board. */
export function describeKeys({ type, ...mode }: BoardMode, { glyphs }: Style, width: number): string {
  const stop = ['Ctrl-C to stop', 'twice to stop immediately']
  const keys: Record<BoardMode['type'], string[]> = {
    keyless: stop,
    watching: ['d detach', 'l log', 'x stop one', '? help', 'Ctrl-C stop'],
    choosing: [
      `${glyphs.upDown} choose`,
      `Enter ${'action' in mode && mode.action === 'stop' ? 'stop it' : 'show its log'}`,
      'Esc back',
    ],
    reading: [`${glyphs.upDown} other thread`, 'Esc back'],
    following: ['Ctrl-C to leave; the run continues', 'work stop stops it'],
    help: ['Esc back'],
    detaching: ['The run continues in the background.'],
  }
  const lines = keys[type].map((_, index) => keys[type].slice(0, index + 1).join(` ${glyphs.dot} `))
  return lines.findLast((line) => textWidth(line) <= width) ?? fit(lines[0] ?? '', width, glyphs.ellipsis)
}

const keyHelp = [
  ['d', 'detach: the run continues in the background'],
  ['l', 'show the log of a thread'],
  ['x', 'stop one thread; the others continue'],
  ['?', 'show or hide this help'],
  ['Ctrl-C', 'stop the run; twice to stop immediately'],
  ['Ctrl-Z', 'suspend work; the agents keep running'],
] as const

/** What the keys do, a line each. */
export function renderKeyHelp(width: number, { colors, glyphs }: Style): string[] {
  const column = 10
  const lines = keyHelp.map(
    ([key, about]) => pad(`  ${key}`, column) + fit(about, Math.max(0, width - column), glyphs.ellipsis),
  )
  return [colors.bold('Keys'), '', ...lines]
}

/** The end of a log, as much as fits in this many lines. */
export function renderLogEnd(
  { rows }: { rows: Readonly<Record<string, { name: string }>> },
  { id, lines }: Extract<BoardMode, { type: 'reading' }>,
  { width, height, style }: { width: number; height: number; style: Style },
): string[] {
  const title = style.colors.bold(fit(`Log of ${id} ${oneLine(rows[id]?.name ?? '')}`, width))
  const shown = lines.flatMap((line) => wrapLine(oneLine(line), width)).slice(-Math.max(1, height - 2))
  return [title, '', ...(shown.length === 0 ? [style.colors.dim('Nothing yet.')] : shown)]
}
