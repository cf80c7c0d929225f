import { textWidth } from '../ui/width.ts'

/** Breaks a line between words into lines of so many columns; a word that is longer is broken between letters. */
export function wrapColumns(line: string, columns: number): string[] {
  const lines: string[] = []
  let current = ''
  for (const word of line.split(' ')) {
    if (current !== '' && textWidth(`${current} ${word}`) <= columns) {
      current = `${current} ${word}`
      continue
    }
    if (current !== '') lines.push(current)
    const parts = cutColumns(word, columns)
    lines.push(...parts.slice(0, -1))
    current = parts.at(-1) ?? ''
  }
  return [...lines, current]
}

function cutColumns(word: string, columns: number): string[] {
  if (textWidth(word) <= columns) return [word]
  const parts: string[] = []
  let current = ''
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(word)) {
    if (current !== '' && textWidth(current + segment) > columns) {
      parts.push(current)
      current = ''
    }
    current += segment
  }
  return [...parts, current]
}
