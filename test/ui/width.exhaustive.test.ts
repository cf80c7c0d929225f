import { expect, it } from 'vitest'
import { fit, textWidth, wrapLine } from '../../src/ui/width.ts'

it.each([
  ['wide characters', '語', 200_000],
  ['emoji of two code units', '😀', 100_000],
])('a line of 100,000 code units of %s is measured and cut', (_, text, width) => {
  const line = text.repeat(100_000 / text.length)
  expect(textWidth(line)).toBe(width)
  expect(fit(line, 5)).toBe(`${text}${text}…`)
  expect(wrapLine(line, 80)).toEqual([line])
})
