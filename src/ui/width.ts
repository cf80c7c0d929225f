import { eastAsianWidth } from 'get-east-asian-width'
import { oneLine, plainText } from '../text/sanitize.ts'

/** Safe text on one line, cut with an ellipsis to at most `width` columns. Colours are put on afterwards. */
export function fit(text: string, width: number, ellipsis = '…'): string {
  const line = oneLine(text)
  if (textWidth(line) <= width) return line
  if (width < textWidth(ellipsis)) return ''
  return cutTo(line, width - textWidth(ellipsis)).trimEnd() + ellipsis
}

/** Fills `text` up to `width` columns with spaces: after it, or before it when it is aligned right. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const spaces = ' '.repeat(Math.max(0, width - textWidth(text)))
  return align === 'right' ? spaces + text : text + spaces
}

/**
 * A line in lines of at most `width` columns, broken between words; what follows the first is indented by two more, or
 * as far as the last column of a line that has columns (two spaces between them). A word that is wider stays whole, and
 * so do these `commands` in it: they are there to be copied. Colours take no room.
 */
export function wrapLine(line: string, width: number, commands: readonly string[] = []): string[] {
  if (printedWidth(line) <= width) return [line]
  const indent = ' '.repeat(hangOf(plainText(line), width))
  const lines: string[] = []
  let current = ''
  for (const [, gap = '', word = ''] of line.matchAll(piecesOf(commands))) {
    if (current !== '' && printedWidth(`${current}${gap}${word}`) > width) {
      lines.push(current)
      current = indent + word
    } else current += gap + word
  }
  return [...lines, current]
}

/** How many columns of a terminal `text` takes. Wide characters and emoji take two, combining marks none. */
export function textWidth(text: string): number {
  if (narrowText.test(text)) return text.length
  let width = 0
  for (const grapheme of graphemes(text)) width += graphemeWidth(grapheme)
  return width
}

/** Where the lines begin that follow the first. A last column that begins far to the right leaves too little room. */
function hangOf(line: string, width: number): number {
  const indent = /^ */.exec(line)?.[0].length ?? 0
  // A column further to the right is not asked for, however long the line is.
  const starts = [...line.slice(0, width * 4).matchAll(/(?<=\S {2,})\S/g)].map(({ index }) =>
    textWidth(line.slice(0, index)),
  )
  return starts.findLast((start) => start <= width * 0.6) ?? indent + 2
}

/** What is not broken, each with the spaces before it. An arrow stays with what it points to. */
function piecesOf(commands: readonly string[]): RegExp {
  const escaped = commands.map((command) => command.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
  const words = [...escaped.map((command) => `[^ ]*${command}[^ ]*`), '[^ ]+'].join('|')
  return new RegExp(`( *)((?:(?:→|->) )?(?:${words}))`, 'g')
}

function printedWidth(line: string): number {
  return textWidth(plainText(line))
}

function cutTo(text: string, width: number): string {
  if (narrowText.test(text)) return text.slice(0, width)
  let kept = ''
  let used = 0
  for (const grapheme of graphemes(text)) {
    used += graphemeWidth(grapheme)
    if (used > width) break
    kept += grapheme
  }
  return kept
}

function graphemeWidth(grapheme: string): number {
  if (invisible.test(grapheme)) return 0
  if (emoji.test(grapheme)) return 2
  return eastAsianWidth(grapheme.codePointAt(0) ?? 0)
}

/** Made on first need: it costs 8 ms, and most texts are narrow. */
let segmenter: Intl.Segmenter | undefined
/** Code units that are segmented at once: Node 20 takes minutes for a text of 100,000. */
const segmentedAtOnce = 10_000

function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = start + segmentedAtOnce
    // Not between the halves of a surrogate pair.
    if (/^[\uDC00-\uDFFF]/.test(text.slice(end, end + 1))) end += 1
    for (const { segment } of segmenter.segment(text.slice(start, end))) yield segment
  }
}

/** Latin letters, punctuation, arrows, boxes and check marks: each is one code unit in one column. */
const narrowText =
  /^[\x20-\x7E\u00A1-\u02FF\u2010-\u2027\u2030-\u205E\u2190-\u21FF\u2500-\u25FC\u2713-\u2717]*$/

const invisible = /^[\p{Default_Ignorable_Code_Point}\p{Mn}\p{Me}\p{Cc}\p{Cf}]+$/u

const emoji = /\p{Emoji_Presentation}|\p{Emoji}\uFE0F|\p{Regional_Indicator}{2}/u
