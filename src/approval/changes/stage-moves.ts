import { parentId } from '../../ids.ts'
import type { Difference } from '../../plan/compare/compare.ts'
import type { Approval } from '../../store/index/index-file.ts'
import type { TasksFile } from '../../store/tasks/schema.ts'

/** A stage that has no successor. */
const gone = ''

/**
 * Records in tasks.json what happens to each stage, for its approval. This is in the same commit as the new ids: if
 * index.json could not be written after it, the next command knows what is left to do.
 */
export function moveStages(
  file: TasksFile,
  differences: readonly Difference[],
  { at, appliedAt }: { at: string; appliedAt: string | undefined },
): void {
  if (file.plan === undefined) file.plan = { hash: '', threads: {} }
  const before = isPending(file, appliedAt) ? file.plan.renumbered?.stages : undefined
  const moves = stageMoves(differences)
  if (before === undefined && Object.entries(moves).every(([from, to]) => from === to)) return
  moveStageRecords(file, moves)
  const earlier = Object.entries(before ?? {}).map(([from, to]) => [from, moves[to] ?? to])
  file.plan.renumbered = { at, stages: { ...moves, ...Object.fromEntries(earlier) } }
}

/** Each record moves with its stage; that of a removed stage is deleted. */
function moveStageRecords(file: TasksFile, moves: Record<string, string>): void {
  if (file.stages === undefined) return
  const records = Object.entries(file.stages).map(([from, record]) => [moves[from] ?? from, record] as const)
  file.stages = Object.fromEntries(records.filter(([to]) => to !== gone))
}

/** Whether index.json does not follow the last renumbering of tasks.json yet. */
export function isPending({ plan }: Pick<TasksFile, 'plan'>, appliedAt: string | undefined): boolean {
  return plan?.renumbered !== undefined && plan.renumbered.at !== appliedAt
}

/** Moves the approvals of stages with their stages. Those of removed or merged stages are deleted. */
export function moveStageApprovals(approval: Approval, file: Pick<TasksFile, 'plan' | 'tasks'>): void {
  const { plan, tasks } = file
  const names = new Map(tasks.map((task) => [parentId(task.id, 'stage'), task.stage_name]))
  const moves = isPending(file, approval.renumbered_at) ? (plan?.renumbered?.stages ?? {}) : {}
  const moved = Object.entries(approval.stages ?? {}).flatMap(([number, decision]) => {
    const from = number.padStart(2, '0')
    const to = moves[from] ?? from
    const name = names.get(to)
    return to === gone ? [] : [[String(Number(to)), { ...decision, ...(name === undefined ? {} : { name }) }]]
  })
  if (approval.stages !== undefined) approval.stages = Object.fromEntries(moved)
  if (plan?.renumbered !== undefined) approval.renumbered_at = plan.renumbered.at
}

/** For each recorded stage its number in the plan, by its threads; `gone` if there is none. */
function stageMoves(differences: readonly Difference[]): Record<string, string> {
  const sources = new Map<string, Set<string>>()
  const targets = new Map<string, Map<string, string>>()
  for (const one of differences) {
    if (!('recorded' in one)) continue
    const from = parentId(one.recorded.id, 'stage')
    const reached = targets.get(from) ?? new Map<string, string>()
    targets.set(from, reached)
    const to = 'gone' in one ? one.planned.stage.id : one.kind === 'left' ? from : undefined
    if (to === undefined) continue
    reached.set(to, 'planned' in one ? one.planned.stage.name : one.recorded.stage)
    sources.set(to, new Set([...(sources.get(to) ?? []), from]))
  }
  const nameOf = new Map(differences.flatMap((one) => stageName(one)))
  return Object.fromEntries(
    [...targets].map(([from, reached]) => [from, chooseTarget(from, nameOf.get(from), reached, sources)]),
  )
}

function stageName(difference: Difference): [string, string][] {
  if (!('recorded' in difference)) return []
  return [[parentId(difference.recorded.id, 'stage'), difference.recorded.stage]]
}

/**
 * If the threads of a stage were split, the stage is where its name is. A stage merged into another loses its
 * approval.
 */
function chooseTarget(
  from: string,
  name: string | undefined,
  reached: Map<string, string>,
  sources: Map<string, Set<string>>,
): string {
  const ids = [...reached.keys()]
  const to = ids.length === 1 ? ids[0] : ids.find((id) => reached.get(id) === name)
  if (to === undefined) return gone
  const isMerged = to !== from && (sources.get(to)?.size ?? 0) > 1
  return isMerged ? gone : to
}
