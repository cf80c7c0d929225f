import { expect, it } from 'vitest'
import { compareIds, parentId } from '../src/ids.ts'

it.each([
  ['01.02.03.04', '01.02.03.04', 0],
  ['01.02.03.04', '01.02.03.05', -1],
  ['02.01.01.01', '01.99.99.99', 1],
  ['01.02.03.99', '01.02.03.100', -1],
  ['01.100.01', '01.99.01', 1],
  ['01.02', '01.02.01', -1],
  ['01.02.10000', '01.02.20.01', 1],
])('compareIds orders %s and %s by their numbers', (left, right, sign) => {
  expect(Math.sign(compareIds(left, right))).toBe(sign)
  expect(Math.sign(compareIds(right, left))).toBe(sign === 0 ? 0 : -sign)
})

it.each([
  ['01.02.03.04', 'stage', '01'],
  ['01.02.03.04', 'batch', '01.02'],
  ['01.02.03.04', 'thread', '01.02.03'],
  ['01.02.03.04', 'task', '01.02.03.04'],
  ['01.02', 'thread', '01.02'],
  ['01.100.03', 'batch', '01.100'],
] as const)('parentId of %s at the level of a %s is %s', (id, level, parent) => {
  expect(parentId(id, level)).toBe(parent)
})
