/** What a shell takes as it is, and a placeholder such as `<id>`, which the user replaces. */
const plain = /^(?:[\w@%+=:,./-]+|<[^<>"'$`\\]+>)$/

/** What means something between double quotes, where a shell of the user reads it. */
const special = /["$`\\!\p{Cc}]/u

/** A word as a shell takes it: in quotes only where it needs them. */
export function shellQuote(word: string): string {
  if (plain.test(word)) return word
  return special.test(word) ? singleQuoted(word) : `"${word}"`
}

/** A word in single quotes, whatever it contains. */
export function singleQuoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** The words of a simple command line, in which only double quotes are used. */
export function shellWords(line: string): string[] {
  return (line.match(/(?:"[^"]*"|[^\s"])+/g) ?? []).map((word) => word.replaceAll('"', ''))
}
