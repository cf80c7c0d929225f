import { parsePlan } from '../plan/parse/parse.ts'
import type { Plan } from '../plan/plan.ts'
import { findStream, type IndexStore } from '../store/index/index-file.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import type { StreamPaths } from '../paths.ts'
import { planHash, requireApproval } from './gate.ts'
import { requireSettled } from './changes/plan-changes.ts'
import { readPlanText } from './plan-file.ts'
import { newThreadIds } from '../threads/sync-tasks.ts'

interface PlannedStream {
  stream: StreamPaths
  tasks: TasksStore
  index: IndexStore
}

/**
 * The plan of a workstream, approved with its tasks. Reads everything again, so that approvals given or revoked in the
 * meantime count. Throws a `WorkError` with the command that gives the missing approval.
 */
export function requireApprovedPlan({ stream, tasks, index }: PlannedStream): Plan {
  const text = readPlanText({ stream })
  const { plan } = parsePlan(text)
  const entry = findStream(index.read(), stream.id)
  const file = tasks.read()
  requireApproval(entry, text, () => newThreadIds(file, plan).length > 0)
  requireSettled(file, plan, { hash: planHash(text), appliedAt: entry.approval?.renumbered_at })
  return plan
}
