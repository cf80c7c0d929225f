import { compareIds, formatId, isUnder, parentId } from '../../ids.ts'
import type { Difference, Pair } from '../../plan/compare/compare.ts'
import type { RecordedThread } from '../../plan/compare/recorded-thread.ts'
import { isRecord } from '../../store/json/guard.ts'
import { isDamaged } from '../../store/tasks/quarantine.ts'
import type { DroppedThread, Task, TasksFile, ThreadEnvelope } from '../../store/tasks/schema.ts'
import { moveStages } from './stage-moves.ts'

/**
 * Updates tasks.json to the plan: threads take their new ids and names with everything recorded about them, and
 * replaced or dropped threads are set aside. New threads get no tasks here. `appliedAt` is the renumbering that
 * index.json already follows.
 */
export function applyDifferences(
  file: TasksFile,
  differences: readonly Difference[],
  { at, appliedAt }: { at: string; appliedAt: string | undefined },
): void {
  const pairs = differences.flatMap((one) => (isPair(one) ? [one] : []))
  const gone = differences.flatMap((one) => (isSetAside(one) ? [one.recorded] : []))
  moveStages(file, differences, { at, appliedAt })
  setAside(file, gone, at)
  renumber(file, pairs)
  renewTasks(file, pairs, at)
}

/** Whether both sides are the same thread. */
function isPair(difference: Difference): difference is Difference & Pair {
  return ['kept', 'renamed', 'moved', 'edited'].includes(difference.kind)
}

/** Whether the record is set aside, once no question is open. */
export function isSetAside(
  difference: Difference,
): difference is Extract<Difference, { kind: 'changed' | 'unsure' | 'dropped' | 'removed' }> {
  return ['changed', 'unsure', 'dropped', 'removed'].includes(difference.kind)
}

/** The ids whose records a change touches: before and after. */
export function touchedIds(differences: readonly Difference[]): string[] {
  const ids = differences.flatMap((one) => {
    if (isSetAside(one)) return [one.recorded.id]
    if (!isPair(one) || one.kind === 'kept') return []
    return [one.recorded.id, one.planned.thread.id]
  })
  return [...new Set(ids)].toSorted(compareIds)
}

/** Threads without a history are removed without a trace. */
function setAside(file: TasksFile, gone: readonly RecordedThread[], at: string): void {
  const dropped = gone.flatMap(({ id, name, hasHistory }): DroppedThread[] => {
    const tasks = file.tasks.filter((task) => isUnder(task.id, id))
    const chart = chartOf(file.threads[id])
    delete file.threads[id]
    return hasHistory ? [{ id, name, dropped_at: at, tasks, ...(chart === undefined ? {} : { chart }) }] : []
  })
  file.tasks = file.tasks.filter((task) => !gone.some(({ id }) => isUnder(task.id, id)))
  if (dropped.length > 0) file.dropped_threads = [...(file.dropped_threads ?? []), ...dropped]
}

function chartOf(envelope: ThreadEnvelope | undefined): unknown {
  return envelope !== undefined && isDamaged(envelope) ? envelope.snapshot : envelope
}

function renumber(file: TasksFile, pairs: readonly Pair[]): void {
  const targets = new Map(pairs.map(({ recorded, planned }) => [recorded.id, planned]))
  for (const task of file.tasks) {
    const before = parentId(task.id, 'thread')
    const target = targets.get(before)
    if (target === undefined) continue
    task.id = target.thread.id + task.id.slice(before.length)
    task.stage_name = target.stage.name
    task.batch_name = target.batch.name
    task.thread_name = target.thread.name
  }
  const moved = Object.entries(file.threads).map(([id, envelope]): [string, ThreadEnvelope] => {
    const now = targets.get(id)?.thread.id ?? id
    return [now, now === id ? envelope : readdress(envelope, now)]
  })
  file.threads = Object.fromEntries(moved)
}

/** Threads without a history whose steps changed get their tasks from the plan again. */
function renewTasks(file: TasksFile, pairs: readonly Pair[], at: string): void {
  const renewed = pairs.filter(({ recorded, gone }) => gone.length > 0 && !recorded.hasHistory)
  for (const { planned } of renewed) {
    const { id, steps } = planned.thread
    const before = file.tasks.filter((task) => isUnder(task.id, id))
    const agent = before.find((task) => task.assigned_agent !== undefined)?.assigned_agent
    const fresh = steps.map((step, index): Task => ({
      id: `${id}.${formatId(index + 1)}`,
      name: step.text,
      status: step.status ?? (step.checked ? 'completed' : 'pending'),
      stage_name: planned.stage.name,
      batch_name: planned.batch.name,
      thread_name: planned.thread.name,
      created_at: at,
      updated_at: at,
      ...(agent === undefined ? {} : { assigned_agent: agent }),
    }))
    file.tasks = [...file.tasks.filter((task) => !isUnder(task.id, id)), ...fresh]
  }
}

/** A chart contains the id of its thread. A damaged one stays as it was found. */
function readdress(envelope: ThreadEnvelope, threadId: string): ThreadEnvelope {
  const { snapshot } = envelope
  if (isDamaged(envelope) || !isRecord(snapshot) || !isRecord(snapshot['context'])) return envelope
  return { ...envelope, snapshot: { ...snapshot, context: { ...snapshot['context'], threadId } } }
}
