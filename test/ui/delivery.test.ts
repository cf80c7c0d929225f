import { expect, it } from 'vitest'
import {
  describeDelivery,
  describeIsolation,
  describeStop,
  formatSize,
  mergedAs,
  type ShownDelivery,
} from '../../src/ui/delivery.ts'

const names = new Map([['01.01.01', 'Lexer']])
const clone = { folder: 'work/.trees/001-01.01.02', branch: 'workthread/001-x/01.01.02', exists: true }
const detail = 'conflict in 2 files with 01.01.01: src/old.ts, src/token.ts'
const conflict = {
  onto: 'a'.repeat(40),
  files: [
    { path: 'src/old.ts', kind: 'modify/delete', with: ['01.01.01'] },
    { path: 'src/token.ts', kind: 'contents', with: ['01.01.01'] },
  ],
}
const conflicting = { conflict, stopped: { status: 'failed', reason: 'conflict', detail } } as const

it('the line of a workstream counts what is merged, and its clones', () => {
  const isolation = { branch: 'workstream/001-x', merged: 3, threads: 5, clones: 2 }
  expect(describeIsolation(isolation)).toBe('workstream/001-x: 3 of 5 merged, 2 clones')
  expect(describeIsolation({ ...isolation, clones: 1, size: 41_000_000 })).toBe(
    'workstream/001-x: 3 of 5 merged, 1 clone (41 MB)',
  )
})

it.each<[string, ShownDelivery, string]>([
  ['nothing is said of a thread that is at work', { clone, delivery: null }, ''],
  ['a conflict names files and threads', { clone, delivery: conflicting }, detail],
  [
    'red checks show the command',
    {
      clone,
      delivery: { stopped: { status: 'failed', reason: 'verify', detail: 'npm test: exit code 1\nno' } },
    },
    'verify failed: npm test: exit code 1',
  ],
  [
    'a clone that is gone is named with its folder',
    { clone: { ...clone, exists: false }, delivery: null },
    'clone gone: work/.trees/001-01.01.02',
  ],
  [
    'the clone of a merged thread may be gone',
    { clone: { ...clone, exists: false }, delivery: { merged: 'b'.repeat(40) } },
    '',
  ],
  [
    'what was measured is shown',
    { clone: { ...clone, changes: { files: 5, added: 120, removed: 30 }, size: 4_200_000 }, delivery: null },
    '+120 -30 in 5 files, 4.2 MB',
  ],
])('in the status of a thread, %s', (_, shown, expected) => {
  expect(describeDelivery(shown, false)).toBe(expected)
})

it('a merged thread has the short id of its merge', () => {
  expect(mergedAs({ delivery: { merged: '3f2a1c0'.padEnd(40, '0') } })).toBe('3f2a1c0')
  expect(mergedAs({ delivery: null })).toBe('')
})

it('a conflict is reported with its files, what changed them, and where the work is', () => {
  expect(describeStop({ id: '01.01.02', name: 'Parser', clone, delivery: conflicting }, names)).toEqual([
    'Thread 01.01.02 (Parser) has conflicts with what 01.01.01 (Lexer) changed:',
    '  src/old.ts    deleted on one side, changed on the other',
    '  src/token.ts  both changed it',
    'Nothing was merged, and no file was touched. Its work is in work/.trees/001-01.01.02, on workthread/001-x/01.01.02.',
  ])
})

it('red checks are reported with their last lines and their log', () => {
  const log = 'work/001-x/logs/01.01.02/1.verify.log'
  const delivery = {
    candidate: 'c'.repeat(40),
    verified: { code: 1, at: '2026-01-01T00:00:00.000Z', log },
    stopped: { status: 'failed', reason: 'verify', detail: 'npm test: exit code 1\n\n2 tests failed' },
  } as const
  expect(describeStop({ id: '01.01.02', name: 'Parser', clone, delivery }, names)).toEqual([
    'Thread 01.01.02 (Parser) did not pass the verify commands, merged with what is in the branch:',
    '  npm test: exit code 1',
    '  2 tests failed',
    `Nothing was merged. Their output: ${log}`,
  ])
})

it('a clone that is not fit is reported with what is wrong with it', () => {
  const stopped = { status: 'failed', reason: 'tree', detail: 'A rebase is under way.' } as const
  expect(describeStop({ id: '01.01.02', name: 'Parser', clone, delivery: { stopped } }, names)).toEqual([
    'Thread 01.01.02 (Parser) could not be merged:',
    '  A rebase is under way.',
    'Nothing was merged. Its work is in work/.trees/001-01.01.02, on workthread/001-x/01.01.02.',
  ])
})

it('nothing is reported where nothing stopped a delivery', () => {
  expect(describeStop({ id: '01.01.02', name: 'Parser', delivery: null }, names)).toEqual([])
})

it.each([
  [999, '999 bytes'],
  [4_200_000, '4.2 MB'],
  [410_000_000, '410 MB'],
  [2_000_000_000_000_000, '2000 TB'],
])('%d bytes are shown as %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text)
})
