import pc from 'picocolors'
import type { TaskStatus, ThreadStanding } from '../../machines/statuses.ts'

/** How lines may look: which colours (functions that do nothing when colour is off) and which characters. */
export interface Style {
  colors: Colors
  glyphs: Glyphs
}

type Colors = ReturnType<typeof pc.createColors>
type Paint = (text: string) => string

/** Everything that has a status on screen. `waiting` and `incomplete` are ways to show a thread. */
export type ShownStatus = ThreadStanding | TaskStatus | 'waiting' | 'incomplete' | 'on_hold'

/** A style for a terminal with or without colour and with or without characters beyond ASCII. */
export function createStyle(options: { color: boolean; unicode: boolean }): Style {
  return {
    colors: pc.createColors(options.color),
    glyphs: options.unicode ? unicodeGlyphs : asciiGlyphs,
  }
}

/**
 * The style a stream can show. Colors are as `color` says, else as the first of these that is set: NO_COLOR, FORCE_COLOR,
 * CLICOLOR_FORCE, CLICOLOR=0; else a terminal gets them. Without a UTF-8 locale only ASCII is used.
 */
export function detectStyle(
  stream: { isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
  color?: boolean,
): Style {
  const dumb = env['TERM'] === 'dumb'
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return createStyle({
    color: color ?? colorOf(env) ?? (stream.isTTY === true && !dumb),
    unicode: !dumb && /utf-?8/i.test(locale),
  })
}

/** The checkbox of a status, as in plans; `work list` and `work read` show it, which agents read. */
export function statusIcon(status: ShownStatus): string {
  return looks[status].icon
}

/** The mark of a status on every screen: one character that differs from the others without color too. */
export function statusGlyph(style: Style, status: ShownStatus): string {
  return style.glyphs[looks[status].glyph]
}

/** The name of the colour of a status, for pictures that are not drawn by a terminal. */
export function statusColor(status: ShownStatus): StatusColor {
  return looks[status].color
}

/** The colour of a status. */
export function statusPaint(style: Style, status: ShownStatus): Paint {
  return style.colors[looks[status].color]
}

/** The word of a status. */
export function statusWord(status: ShownStatus): string {
  return status.replace('_', ' ')
}

function colorOf(env: Readonly<Record<string, string | undefined>>): boolean | undefined {
  if (env['NO_COLOR']) return false
  const forced = forcesColor(env['FORCE_COLOR'])
  if (forced !== undefined) return forced
  if (env['CLICOLOR_FORCE'] && env['CLICOLOR_FORCE'] !== '0') return true
  return env['CLICOLOR'] === '0' ? false : undefined
}

function forcesColor(value: string | undefined): boolean | undefined {
  return value ? !['0', 'false'].includes(value) : undefined
}

type Look = {
  icon: string
  glyph: 'open' | 'active' | 'done' | 'bad' | 'cut' | 'half'
  color: StatusColor
}

export type StatusColor = 'dim' | 'cyan' | 'green' | 'red' | 'yellow'

const looks: Record<ShownStatus, Look> = {
  pending: { icon: '[ ]', glyph: 'open', color: 'dim' },
  waiting: { icon: '[ ]', glyph: 'open', color: 'dim' },
  in_progress: { icon: '[~]', glyph: 'active', color: 'cyan' },
  running: { icon: '[~]', glyph: 'active', color: 'cyan' },
  completed: { icon: '[x]', glyph: 'done', color: 'green' },
  blocked: { icon: '[!]', glyph: 'bad', color: 'red' },
  failed: { icon: '[!]', glyph: 'bad', color: 'red' },
  incomplete: { icon: '[!]', glyph: 'half', color: 'yellow' },
  interrupted: { icon: '[!]', glyph: 'cut', color: 'yellow' },
  cancelled: { icon: '[-]', glyph: 'cut', color: 'dim' },
  on_hold: { icon: '[-]', glyph: 'cut', color: 'yellow' },
}

type Glyphs = Record<
  | 'open'
  | 'active'
  | 'done'
  | 'bad'
  | 'cut'
  | 'half'
  | 'again'
  | 'word'
  | 'bar'
  | 'track'
  | 'dot'
  | 'ellipsis'
  | 'next'
  | 'upDown',
  string
> & { branch: string; lastBranch: string; line: string }

const unicodeGlyphs: Glyphs = {
  open: '○',
  active: '●',
  done: '✓',
  bad: '✗',
  cut: '■',
  half: '◐',
  again: '↻',
  word: '✎',
  bar: '█',
  track: '░',
  dot: '·',
  ellipsis: '…',
  next: '→',
  upDown: '↑↓',
  branch: '├── ',
  lastBranch: '└── ',
  line: '│   ',
}

const asciiGlyphs: Glyphs = {
  open: '.',
  active: '>',
  done: '+',
  bad: 'x',
  cut: '!',
  half: '~',
  again: '*',
  word: '^',
  bar: '#',
  track: '-',
  dot: '-',
  ellipsis: '...',
  next: '->',
  upDown: 'Up/Down',
  branch: '|-- ',
  lastBranch: '`-- ',
  line: '|   ',
}
