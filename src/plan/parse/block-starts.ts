/** How Markdown blocks begin and end. Each function takes the rest of a line after its indentation. */

/** A list item's marker. */
export interface ItemMarker {
  length: number
  /** `-`, `*`, `+`, `.` or `)`. An item with a different sign belongs to a different list. */
  sign: string
  ordered: boolean
  /** Whether such an item may interrupt a paragraph. */
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

/** `## Text ##`: the depth, and the offsets of the text in the line. */
export function readAtxHeading(text: string): { depth: number; start: number; end: number } | undefined {
  const [opening, hashes = ''] = /^(#{1,6})(?:[ \t]+|$)/.exec(text) ?? []
  if (opening === undefined) return undefined
  const start = opening.length
  const body = trimSpaces(text.slice(start))
  const open = body.length - countTrailing(body, '#')
  // Closing hashes must follow a space or be alone.
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

/** What ends an HTML block: a pattern in its last line, or a blank line below it. */
export type HtmlEnd = RegExp | 'blank'

/** What ends the HTML block that a line opens; undefined if it opens none. */
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

/** Any other tag that is alone on its line. */
const wholeTag = new RegExp(
  String.raw`^(?:<[a-z][a-z\d-]*(?:${attribute})*[ \t]*/?>|</[a-z][a-z\d-]*[ \t]*>)[ \t]*$`,
  'i',
)

/** The text without trailing spaces and tabs. */
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
