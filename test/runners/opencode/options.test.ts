import { expect, test } from 'vitest'
import { readOptions } from '../../../src/runners/opencode/options.ts'

test.each([
  [undefined, 'edit'],
  ['read', 'read'],
  ['edit', 'edit'],
  ['full', 'full'],
  ['reject', 'edit'],
  ['once', 'full'],
])('permissions: %s of an opencode agent mean %s', (permissions, meant) => {
  const options = permissions === undefined ? {} : { permissions }
  expect(readOptions({ name: 'default', options }).permissions).toBe(meant)
})
