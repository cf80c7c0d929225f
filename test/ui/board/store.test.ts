import { expect, it } from 'vitest'
import { boardStore, row } from './board-rows.ts'

it('the store of the board keeps the order of the plan', () => {
  const { context } = boardStore(row({ id: '01.01.02' }), row({ id: '01.01.01' })).getSnapshot()
  expect(context.order).toEqual(['01.01.02', '01.01.01'])
})

it('the store of the board changes what an event names and nothing else', () => {
  const store = boardStore(row({}), row({ id: '01.01.02' }))
  store.trigger.rowChanged({ id: '01.01.01', change: { status: 'running', startedAt: 5 } })
  store.trigger.rowChanged({ id: '01.01.01', change: { attempt: 2 } })
  const { rows } = store.getSnapshot().context
  expect(rows['01.01.01']).toEqual(row({ status: 'running', startedAt: 5, attempt: 2 }))
  expect(rows['01.01.02']).toEqual(row({ id: '01.01.02' }))
})

it.each([
  ['a line\n', 'a line'],
  ['\u001B[2K\u001B[32mgreen\u001B[0m\r', 'green'],
  ['   \n', 'before'],
  ['\u001B[2J', 'before'],
  ['x'.repeat(1_000_000), 'x'.repeat(1000)],
])('output shows the last line that says something', (line, lastLine) => {
  const store = boardStore(row({ lastLine: 'before' }))
  store.trigger.output({ id: '01.01.01', line })
  expect(store.getSnapshot().context.rows['01.01.01']).toEqual(row({ lastLine }))
})

it('an event for an unknown thread changes nothing', () => {
  const store = boardStore(row({}))
  const before = store.getSnapshot().context
  store.trigger.rowChanged({ id: '09.09.09', change: { attempt: 2 } })
  store.trigger.output({ id: '09.09.09', line: 'hello' })
  expect(store.getSnapshot().context).toBe(before)
})

it('a message comes and goes', () => {
  const store = boardStore()
  store.trigger.message({ text: 'Stopping' })
  expect(store.getSnapshot().context.message).toBe('Stopping')
  store.trigger.message({ text: undefined })
  expect(store.getSnapshot().context.message).toBeUndefined()
})
