/** Invisible characters: joiners, direction marks, optional line breaks. */
const invisible = /\p{Default_Ignorable_Code_Point}/u

/** Spaces other than the one on the keyboard. Markdown does not treat them as spaces. */
const otherSpace = /[^\S \t\n\r]/u

/** The first invisible character of a line; undefined if there is none. */
export function findInvisible(line: string): string | undefined {
  return invisible.exec(line)?.[0]
}

/** The first character around a heading's signs that only looks like a space or like nothing. */
export function findOddCharacter(line: string): string | undefined {
  const lead = /^[^\p{L}\p{N}]*/u.exec(line)?.[0] ?? ''
  return otherSpace.exec(lead)?.[0] ?? findInvisible(line)
}

/** The line without invisible characters. */
export function withoutInvisible(line: string): string {
  return line.replaceAll(new RegExp(invisible, 'gu'), '')
}

/** `U+00A0 (no-break space)` */
export function nameCharacter(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
  const name = names[code]
  return name === undefined ? code : `${code} (${name})`
}

const names: Record<string, string | undefined> = {
  'U+00A0': 'no-break space',
  'U+00AD': 'soft hyphen',
  'U+1680': 'ogham space mark',
  'U+2002': 'en space',
  'U+2003': 'em space',
  'U+2007': 'figure space',
  'U+2009': 'thin space',
  'U+200A': 'hair space',
  'U+200B': 'zero-width space',
  'U+200C': 'zero-width non-joiner',
  'U+200D': 'zero-width joiner',
  'U+200E': 'left-to-right mark',
  'U+200F': 'right-to-left mark',
  'U+2028': 'line separator',
  'U+202F': 'narrow no-break space',
  'U+205F': 'medium mathematical space',
  'U+2060': 'word joiner',
  'U+3000': 'ideographic space',
  'U+FEFF': 'byte order mark',
}
