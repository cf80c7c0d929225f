import { createActor } from 'xstate'
import type { SessionRecord } from '../../machines/session.ts'
import { threadMachine } from '../../machines/thread.ts'
import type { Task, ThreadEnvelope } from '../../src/store/tasks/schema.ts'
import { envelopeOf } from '../../src/threads/snapshot.ts'
import { runningSession, task } from './records.ts'

/** Two pending tasks of a thread. */
export function tasksOf(thread: string): Task[] {
  return ['01', '02'].map((number) =>
    task({ id: `${thread}.${number}`, thread_name: `Thread ${thread}`, name: `Task ${number}` }),
  )
}

/** The tasks of a thread whose session was left running, and the envelope of its chart. */
export function runningThread(
  thread = '01.01.01',
  fields: Partial<SessionRecord> = {},
): { tasks: Task[]; envelopes: Record<string, ThreadEnvelope> } {
  const record = runningSession(fields)
  const [first, ...rest] = tasksOf(thread)
  if (first === undefined) throw new Error('There is no task.')
  return {
    tasks: [{ ...first, sessions: [record], currentSessionId: record.sessionId }, ...rest],
    envelopes: { [thread]: envelope({ running: 'working' }, { threadId: thread }) },
  }
}

/** A thread whose provider has refused the first of its two models, which is not yet settled. */
export function refusedThread(): ReturnType<typeof runningThread> {
  const left = runningThread('01.01.01', { model: 'a/one' })
  const {
    startedAt: _,
    status: __,
    ...fallback
  } = runningSession({ sessionId: 'ses_10', attempt: 2, model: 'b/two' })
  const ending = { cause: { status: 'failed', reason: 'provider' }, force: false }
  const saved = envelope({ running: 'ending' }, { fallbacks: [{ ...fallback, token: 'token-10' }], ending })
  return { ...left, envelopes: { '01.01.01': saved } }
}

/** The saved state of a chart in this state. */
export function envelope(value: unknown, context: object = {}, fields: object = {}): ThreadEnvelope {
  const actor = createActor(threadMachine, { input: { threadId: '01.01.01', sessions: [] } })
  const { snapshot, ...rest } = envelopeOf(actor.getSnapshot(), '2026-02-03T04:00:00.000Z')
  if (typeof snapshot !== 'object' || snapshot === null || !('context' in snapshot)) throw new Error('Odd.')
  const merged = Object.assign({}, snapshot.context, context)
  return { ...rest, snapshot: { ...snapshot, value, context: merged, ...fields } }
}
