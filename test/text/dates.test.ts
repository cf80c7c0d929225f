import { expect, it } from 'vitest'
import { formatMoment } from '../../src/text/dates.ts'

it('a moment is shown in local time, to the minute', () => {
  expect(formatMoment(new Date(2026, 0, 2, 9, 3, 59).toISOString())).toBe('2026-01-02 09:03')
})

it.each(['', 'not a time'])('nothing is shown for %j', (text) => {
  expect(formatMoment(text)).toBe('')
})
