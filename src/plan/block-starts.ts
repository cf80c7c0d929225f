/** What begins and ends blocks of Markdown. Each takes the rest of a line behind its indentation. */

/** The marker of a list item. */
export interface ItemMarker {
  length: number
  /** `-`, `*`, `+`, `.` or `)`: an item with another one belongs to another list. */
  sign: string
  ordered: boolean
  /** Whether such an item may follow a line of a paragraph. */
  interrupts: boolean
}

/** `- a` and `1. a`, but not the rule `- - -`. */
export function readItemMarker(text: string): ItemMarker | undefined {
  const marker = /^(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$)/.exec(text)?.[0]
  if (marker === undefined || isRule(text)) return undefined
  const ordered = marker.length > 1
  const sign = marker.slice(-1)
  const isEmpty = text.slice(marker.length).trim() === ''
  return { length: marker.length, sign, ordered, interrupts: !isEmpty && (!ordered || marker === `1${sign}`) }
}

/** `---`, `* * *` or `___`. */
export function isRule(text: string): boolean {
  return /^([-*_])(?:[ \t]*\1){2,}[ \t]*$/.test(text)
}

/** `## Text ##`: the depth, and where the text is in the line. */
export function readAtxHeading(text: string): { depth: number; start: number; end: number } | undefined {
  const [opening, hashes = ''] = /^(#{1,6})(?:[ \t]+|$)/.exec(text) ?? []
  if (opening === undefined) return undefined
  const start = opening.length
  const body = trimSpaces(text.slice(start))
  const open = body.length - countTrailing(body, '#')
  // Only hashes behind a space, or alone, close a heading.
  const isClosed = open < body.length && (open === 0 || /[ \t]/.test(body[open - 1] ?? ''))
  return {
    depth: hashes.length,
    start,
    end: start + (isClosed ? trimSpaces(body.slice(0, open)) : body).length,
  }
}

/** The marks that open a code fence. */
export function readFence(text: string): string | undefined {
  return /^(?:`{3,}(?!`)(?![^]*`)|~{3,})/.exec(text)?.[0]
}

/** Whether a line closes the fence that these marks opened. */
export function closesFence(text: string, marks: string): boolean {
  return text.startsWith(marks) && countTrailing(trimSpaces(text), marks[0] ?? '') === trimSpaces(text).length
}

/** What ends a block of HTML: a text in its last line, or a blank line below it. */
export type HtmlEnd = RegExp | 'blank'

/** What ends the block of HTML that a line opens; undefined when it opens none. */
export function readHtml(text: string, interrupts: boolean): HtmlEnd | undefined {
  if (!text.startsWith('<')) return undefined
  const found = htmlKinds.find(({ start }) => start.test(text))
  if (found !== undefined) return found.end
  return !interrupts && wholeTag.test(text) ? 'blank' : undefined
}

const blockTags =
  'address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|' +
  'fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|' +
  'menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|' +
  'track|ul'

const htmlKinds: { start: RegExp; end: HtmlEnd }[] = [
  { start: /^<(?:script|pre|textarea|style)(?:[ \t>]|$)/i, end: /<\/(?:script|pre|textarea|style)>/i },
  { start: /^<!--/, end: /-->/ },
  { start: /^<\?/, end: /\?>/ },
  { start: /^<![a-z]/i, end: />/ },
  { start: /^<!\[CDATA\[/, end: /\]\]>/ },
  { start: new RegExp(String.raw`^</?(?:${blockTags})(?:[ \t]|/?>|$)`, 'i'), end: 'blank' },
]

const attribute = String.raw`[ \t]+[a-z_:][\w:.-]*(?:[ \t]*=[ \t]*(?:[^ \t"'=<>${'`'}]+|'[^']*'|"[^"]*"))?`

/** Any other tag, alone on its line. */
const wholeTag = new RegExp(
  String.raw`^(?:<[a-z][a-z\d-]*(?:${attribute})*[ \t]*/?>|</[a-z][a-z\d-]*[ \t]*>)[ \t]*$`,
  'i',
)

/** Without spaces and tabs at its end. */
function trimSpaces(text: string): string {
  let end = text.length
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1
  return text.slice(0, end)
}

function countTrailing(text: string, character: string): number {
  let count = 0
  while (count < text.length && text[text.length - 1 - count] === character) count += 1
  return count
}
