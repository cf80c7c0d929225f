import { stripVTControlCharacters } from 'node:util'

/** Text without escape sequences and control characters; line breaks, as `\n`, and tabs stay. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/(?![\n\t])\p{Cc}/gu, '')
}

/** The same on one line, with every run of white space as one space. */
export function plainLine(text: string): string {
  return plainText(text).replaceAll(/\s+/g, ' ').trim()
}
