import { expect, it } from 'vitest'
import { changeLine, startPlain } from '../../../src/ui/board/plain.ts'
import { boardStore, row, startedAt } from './board-rows.ts'

const now = startedAt + 4_000

it.each([
  [{ status: 'running', startedAt: now }, '14:00:04 01.01.01 started (agent default, attempt 1)'],
  [{ status: 'running', attempt: 2 }, '14:00:04 01.01.01 started (agent default, attempt 2)'],
  [{ status: 'completed', startedAt, endedAt: now }, '14:00:04 01.01.01 completed in 4s'],
  [{ status: 'completed' }, '14:00:04 01.01.01 completed'],
  [
    { status: 'failed', reason: 'exit', exitCode: 3, startedAt },
    '14:00:04 01.01.01 failed: exit code 3 after 4s',
  ],
  [{ status: 'failed', reason: 'incomplete', startedAt }, '14:00:04 01.01.01 incomplete after 4s'],
  [
    { status: 'interrupted', reason: 'user', startedAt },
    '14:00:04 01.01.01 interrupted: stopped by you after 4s',
  ],
  [{ status: 'running', agent: 'x\n\u001B[2J' }, '14:00:04 01.01.01 started (agent x , attempt 1)'],
  [{ status: 'waiting', lastLine: 'output' }, undefined],
  [{ status: 'pending' }, undefined],
] as const)('the change to %j is printed as %j', (change, line) => {
  expect(changeLine(row({}), row(change), now)).toBe(line)
})

it('a running thread that starts a new attempt is printed again; output is not', () => {
  const running = row({ status: 'running' })
  expect(changeLine(running, { ...running, attempt: 2 }, now)).toContain('attempt 2')
  expect(changeLine(running, { ...running, lastLine: 'working' }, now)).toBeUndefined()
})

it.each([
  [{}, { phase: 'preparing' }, '14:00:04 01.01.01 preparing its clone'],
  [{ phase: 'preparing' }, { phase: 'starting' }, '14:00:04 01.01.01 started (agent default, attempt 1)'],
  [{ phase: 'starting' }, { phase: 'working' }, undefined],
  [{ phase: 'working' }, { phase: 'committing' }, '14:00:04 01.01.01 committing its work'],
  [{ phase: 'committing' }, { phase: 'waiting', waitsFor: [] }, undefined],
  [
    { phase: 'committing' },
    { phase: 'waiting', waitsFor: ['01.01.00'] },
    '14:00:04 01.01.01 waits for 01.01.00',
  ],
  [{ phase: 'waiting' }, { phase: 'merging' }, '14:00:04 01.01.01 merging'],
  [{ phase: 'merging' }, { phase: 'verifying', phaseSince: now - 9000 }, '14:00:04 01.01.01 verifying'],
  [{ phase: 'merging' }, { phase: 'advancing' }, undefined],
  [{ phase: 'verifying' }, { phase: 'stopping' }, '14:00:04 01.01.01 stopping'],
  [{ phase: 'verifying' }, { phase: 'verifying' }, undefined],
] as const)('the change of a running thread from %j to %j is printed as %j', (before, after, line) => {
  const running = { status: 'running' } as const
  expect(changeLine(row({ ...running, ...before }), row({ ...running, ...after }), now)).toBe(line)
})

it('a thread whose clone is prepared first has not started yet', () => {
  const preparing = row({ status: 'running', phase: 'preparing' })
  expect(changeLine(row({}), preparing, now)).toBe(
    '14:00:04 01.01.01 preparing its clone (agent default, attempt 1)',
  )
})

it('the plain board reports each change of a run once, until it is stopped', () => {
  const store = boardStore(row({}), row({ id: '01.01.02' }))
  const lines: string[] = []
  const plain = startPlain({ store, now: () => now, write: (line) => lines.push(line) })
  store.trigger.rowChanged({ id: '01.01.02', change: { status: 'running', startedAt } })
  store.trigger.output({ id: '01.01.02', line: 'working' })
  store.trigger.message({ text: 'Stopping' })
  store.trigger.rowChanged({ id: '01.01.02', change: { status: 'completed', endedAt: now } })
  plain.stop()
  store.trigger.rowChanged({ id: '01.01.01', change: { status: 'running' } })
  expect(lines).toEqual([
    '14:00:04 01.01.02 started (agent default, attempt 1)',
    '14:00:04 Stopping',
    '14:00:04 01.01.02 completed in 4s',
  ])
})
