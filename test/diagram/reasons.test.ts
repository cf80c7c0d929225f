import { expect, it } from 'vitest'
import type { EndCause } from '../../machines/outcome.ts'
import { deliveryReasons, reasonsOf } from '../../machines/statuses.ts'
import type { StepResult } from '../../machines/thread-context.ts'
import {
  givenUp,
  interruption,
  notPrepared,
  notStarted,
  overdue,
  stopAfter,
} from '../../machines/thread-context.ts'
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
  ...[interruption(false), notPrepared(new Error('x')), notStarted(new Error('x'))].map(({ cause }) => cause),
  ...(['elsewhere', 'unknown'] as const).map(givenUp),
  ...(['timeout', 'hung'] as const).map((why) => overdue({ type: 'overdue', why }).cause),
]

/** Every result of a step of a delivery. */
const results: StepResult[] = [
  { type: 'committed', head: 'h1', changed: true, outside: [], notes: [] },
  { type: 'candidate', onto: 'o1', candidate: 'c1' },
  { type: 'merged', commit: 'm1' },
  { type: 'conflict', conflict: { onto: 'o1', files: [] } },
  { type: 'none' },
  { type: 'green', verified: { code: 0, at: base.at, log: 'log' } },
  { type: 'red', verified: { code: 1, at: base.at, log: 'log' }, detail: '' },
  { type: 'advanced' },
  { type: 'moved' },
  { type: 'unfit', detail: '' },
]

it('the reasons in the thread chart are those that sessions and deliveries can have', () => {
  const judged = evidence.flatMap((one) =>
    causes.flatMap((cause) =>
      (['tasks', 'exit'] as const).map((doneWhen) =>
        judge({ evidence: one, tasks: ['pending'], added: 0, doneWhen, cause, program: 'agent' }),
      ),
    ),
  )
  const stops = results.flatMap((result) => stopAfter(result) ?? [])
  expect(new Set(stops.map(({ reason }) => reason))).toEqual(new Set(deliveryReasons))
  const told = (status: 'failed' | 'interrupted') =>
    new Set([...judged, ...stops].flatMap((end) => (end.status === status ? [end.reason] : [])))
  expect(told('failed')).toEqual(new Set(reasonsOf.failed))
  expect(told('interrupted')).toEqual(new Set(reasonsOf.interrupted))
})
