import { expect, it } from 'vitest'
import { formatAgo, formatClock, formatDuration } from '../../src/ui/durations.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

it.each([
  [-5 * second, '0s'],
  [0, '0s'],
  [999, '0s'],
  [4 * second, '4s'],
  [59.9 * second, '59s'],
  [minute, '1m 00s'],
  [2 * minute + 5 * second, '2m 05s'],
  [hour - 1, '59m 59s'],
  [hour + 3 * minute, '1h 03m'],
  [day - 1, '23h 59m'],
  [2 * day + 4 * hour, '2d 04h'],
])('formatDuration(%i) is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

const now = Date.parse('2026-01-22T12:00:00.000Z')

it.each([
  ['2026-01-22T12:00:30.000Z', 'just now'],
  ['2026-01-22T11:59:30.000Z', 'just now'],
  ['2026-01-22T11:55:00.000Z', '5m ago'],
  ['2026-01-22T09:59:00.000Z', '2h ago'],
  ['2026-01-19T11:00:00.000Z', '3d ago'],
  ['not a time', ''],
])('formatAgo(%s) is %j', (iso, text) => {
  expect(formatAgo(iso, now)).toBe(text)
})

it('formatClock shows the local time of day', () => {
  expect(formatClock(new Date(2026, 0, 22, 9, 3, 5).getTime())).toBe('09:03:05')
})
