import { expect, test } from 'vitest'
import { newOpencodeId } from '../../../src/runners/opencode/ids.ts'

test("ids have opencode's format and sort in creation order, even within one millisecond", () => {
  const ms = Date.parse('2030-01-01T00:00:00Z')
  const ids = [0, 0, 0, 1, 1, 5000].map((later) => newOpencodeId('msg', ms + later))
  for (const id of ids) expect(id).toMatch(/^msg_[0-9a-f]{12}[0-9A-Za-z]{14}$/)
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})

test('a clock that is set back does not produce an id that sorts before an earlier one', () => {
  const ms = Date.parse('2030-02-01T00:00:00Z')
  const ids = [0, -10_000, -20_000].map((later) => newOpencodeId('ses', ms + later))
  expect(ids[0]).toMatch(/^ses_/)
  expect(ids.toSorted()).toEqual(ids)
})
