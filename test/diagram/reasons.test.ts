import { expect, it } from 'vitest'
import type { EndCause } from '../../machines/outcome.ts'
import { reasonsOf } from '../../machines/statuses.ts'
import { givenUp, notStarted, interruption, overdue } from '../../machines/thread-context.ts'
import { judge } from '../../src/runners/judge.ts'
import type { Evidence } from '../../src/runners/evidence.ts'

const base = { at: '2026-02-03T04:05:06.789Z', detail: '' }

/** Every way in which a session can end. */
const evidence: Evidence[] = [
  ...[0, 1, null].flatMap((code) =>
    [true, false].map((hasOutput) => ({
      ...base,
      type: 'exited' as const,
      code,
      signal: code === null ? 'SIGKILL' : null,
      hasOutput,
    })),
  ),
  { ...base, type: 'not-started', code: 'ENOENT', message: '' },
  { ...base, type: 'not-started', code: 'EACCES', message: '' },
  { ...base, type: 'abandoned' },
  { ...base, type: 'gone' },
  { ...base, type: 'server-lost' },
  { ...base, type: 'session-missing' },
  ...[true, false].map((hasOutput) => ({ ...base, type: 'turn-ended' as const, hasOutput })),
  ...(['output-limit', 'other'] as const).map((why) => ({ ...base, type: 'cut-off' as const, why })),
  { ...base, type: 'denied' },
  { ...base, type: 'aborted' },
  { ...base, type: 'broken-off', code: 0 },
  { ...base, type: 'rate-limited' },
  { ...base, type: 'refused', status: 401 },
]

/** Why the chart itself ends a session. */
const causes: (EndCause | null)[] = [
  null,
  ...[interruption(false), notStarted(new Error('x'))].map(({ cause }) => cause),
  ...(['elsewhere', 'unknown'] as const).map(givenUp),
  ...(['timeout', 'hung'] as const).map((why) => overdue({ type: 'overdue', why }).cause),
]

it('the reasons in the thread chart are those that sessions can have', () => {
  const judged = evidence.flatMap((one) =>
    causes.flatMap((cause) =>
      (['tasks', 'exit'] as const).map((doneWhen) =>
        judge({ evidence: one, tasks: ['pending'], added: 0, doneWhen, cause, program: 'agent' }),
      ),
    ),
  )
  const told = (status: 'failed' | 'interrupted') =>
    new Set(judged.flatMap((outcome) => (outcome.status === status ? [outcome.reason] : [])))
  expect(told('failed')).toEqual(new Set(reasonsOf.failed))
  expect(told('interrupted')).toEqual(new Set(reasonsOf.interrupted))
})
