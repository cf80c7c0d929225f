import { transition } from 'xstate'
import type { Outcome } from '../../machines/outcome.ts'
import { threadMachine } from '../../machines/thread.ts'
import { WorkError } from '../errors.ts'
import type { TasksFile } from '../store/tasks/schema.ts'
import { envelopeOf, snapshotOf, type ThreadSnapshot } from './snapshot.ts'
import type { ThreadFacts } from './thread.ts'
import { writeThread } from './write-thread.ts'

/**
 * The chart of a thread recorded as running, after its session ended with this outcome. Starts nothing. Throws a
 * `WorkError` (`bad-snapshot`) if its record can't be used.
 */
export function settled(thread: ThreadFacts, outcome: Outcome): ThreadSnapshot {
  return after(snapshotOf(threadMachine, thread), { type: 'SETTLED', outcome })
}

/** The same for showing it only: a record that can't be used is passed over. */
export function settledToShow(thread: ThreadFacts, outcome: Outcome): ThreadSnapshot {
  try {
    return settled(thread, outcome)
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    return settled({ ...thread, envelope: undefined }, outcome)
  }
}

/**
 * The chart of a thread that the user marks as completed. `outcome`: how its session ended, if it is recorded as
 * running; a session that completed it by itself stays what completed it.
 */
export function completed(thread: ThreadFacts, outcome: Outcome | null): ThreadSnapshot {
  if (outcome === null) return after(snapshotOf(threadMachine, thread), { type: 'COMPLETE' })
  const ended = settled(thread, outcome)
  return ended.value === 'completed' ? ended : after(ended, { type: 'COMPLETE' })
}

/** Writes the state of a thread to tasks.json. */
export function writeSnapshot(file: TasksFile, snapshot: ThreadSnapshot, at: string): void {
  writeThread(file, snapshot.context, envelopeOf(snapshot, at))
}

function after(snapshot: ThreadSnapshot, event: Parameters<typeof transition<typeof threadMachine>>[2]) {
  const [next] = transition(threadMachine, snapshot, event)
  return next
}
