/**
 * Text without what could change a terminal or hide from a reader: escape sequences, control characters and
 * bidirectional marks are gone, tabs are spaces, and every kind of line break is `\n`. Text from plans, agents and files is
 * printed only through here.
 */
export function plainText(text: string): string {
  return withTabs(text).replaceAll('\t', ' ')
}

/** {@link plainText} that keeps tabs, for agents: in a Makefile they matter. */
export function withTabs(text: string): string {
  return text
    .replace(escapeSequences, '')
    .replace(/\r\n?|\u2028|\u2029/g, '\n')
    .replace(unsafeCharacters, '')
}

/** {@link plainText} on a single line, with every run of white space as one space. */
export function oneLine(text: string): string {
  // A quick check: nearly every text of a table is so already.
  if (harmless.test(text) && !text.includes('  ') && text.trim().length === text.length) return text
  return plainText(text).replace(/\s+/g, ' ').trim()
}

const esc = '\u001B'

/** OSC, DCS and the other string sequences up to their end, CSI sequences, and two-character escapes (ECMA-48). */
const escapeSequences = new RegExp(
  [
    String.raw`(?:${esc}[P\]X^_]|[\x90\x9D\x98\x9E\x9F])\P{Cc}*(?:\x07|\x9C|${esc}\\)`,
    String.raw`(?:${esc}\[|\x9B)[0-?]*[ -/]*[@-~]`,
    String.raw`${esc}[ -/]*[0-~]`,
  ].join('|'),
  'gu',
)

/** Control characters but line feed and tab; marks, embeddings, overrides and isolates that reorder a line. */
const unsafeCharacters = /(?![\n\t])\p{Cc}|[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/** Latin letters, punctuation, arrows, boxes and check marks. */
const harmless = /^[\x20-\x7E\u00A1-\u02FF\u2010-\u2027\u2030-\u205E\u2190-\u21FF\u2500-\u27BF]*$/
