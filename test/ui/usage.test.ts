import { expect, it } from 'vitest'
import { describeUsage, formatCount } from '../../src/ui/usage.ts'

it.each([
  [0, '0'],
  [999, '999'],
  [1000, '1.0k'],
  [12_345, '12.3k'],
  [99_949, '99.9k'],
  [99_950, '100k'],
  [999_499, '999k'],
  [999_500, '1.0M'],
  [12_300_000, '12.3M'],
])('shortens %i tokens to %s', (count, text) => {
  expect(formatCount(count)).toBe(text)
})

it.each([
  [{ inputTokens: 12_345, outputTokens: 450, cost: 0.034 }, '12.3k in, 450 out, $0.03'],
  [{ inputTokens: 200, outputTokens: 40, cost: 0.00028 }, '200 in, 40 out, $0.0003'],
  [{ outputTokens: 40 }, '40 out'],
  [{ inputTokens: 0, outputTokens: 0, cost: 0 }, ''],
  [{}, ''],
])('says what is known of %j', (usage, text) => {
  expect(describeUsage(usage)).toBe(text)
})
