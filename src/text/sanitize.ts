import { stripVTControlCharacters } from 'node:util'

/**
 * The text without escape sequences and control characters, except line breaks (`\
 * `) and tabs.
 */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/(?![\n\t])\p{Cc}/gu, '')
}

/** The same on one line, with each run of white space as one space. */
export function plainLine(text: string): string {
  return plainText(text).replaceAll(/\s+/g, ' ').trim()
}
