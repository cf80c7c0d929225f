import { queueBefore } from '../phase.ts'
import type { BoardRow, BoardView } from './store.ts'

/** The rows in the order of the plan. One whose work waits to be merged knows for which threads. */
export function rowsInOrder({ order, rows }: BoardView): BoardRow[] {
  const all = order.flatMap((id) => rows[id] ?? [])
  return all.map((row) => ({ ...row, waitsFor: queueBefore(row.id, all) }))
}
