import { exitCodes, WorkError } from '../errors.ts'
import type { PlanningPaths } from '../paths.ts'
import { planHash } from '../approval/gate.ts'
import { isUnfilled } from '../plan/unfilled.ts'
import { writeWhole } from '../store/atomic-write.ts'
import { withLock } from '../store/lock.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import { advice, work } from '../text/hint.ts'
import { beginDraft, readDraft, readPlan, readSoundDraft, removeDraft } from './draft-file.ts'
import { planningOf } from './state.ts'
import { keepVersion } from './versions.ts'

/** What a draft becomes. */
export interface Placing {
  paths: PlanningPaths
  planning: TasksStore
  now: () => Date
  /** PLAN.md is replaced even if somebody has changed it since the draft began. */
  isAgreed: boolean
}

/** Whether PLAN.md is another one than that from which the draft began, and not the draft itself, put there before a crash. */
export function isPlanReplaced({ paths, planning }: Pick<Placing, 'paths' | 'planning'>): boolean {
  const text = readPlan(paths)
  if (text === undefined || text === readDraft(paths)) return false
  return planHash(text) !== planningOf(planning.read()).base
}

/**
 * Makes the draft the plan. Both texts are kept as versions before PLAN.md is replaced, in one step. Returns what takes that
 * back. Throws a `WorkError` (`plan-replaced`) if somebody has changed PLAN.md since the draft began; nothing is lost then.
 * Only for the process that holds the lock of the planning.
 */
export async function placeDraft(placing: Placing): Promise<() => Promise<void>> {
  const { paths, planning, now, isAgreed } = placing
  const draft = readDraft(paths)
  if (draft === undefined) throw new Error('There is no draft to put in place.')
  const before = readPlan(paths)
  if (!isAgreed && isPlanReplaced(placing)) throw planReplaced()
  const at = now().toISOString()
  if (before !== undefined && !isUnfilled(before))
    await keepVersion(paths, planning, { text: before, by: 'user', at })
  const isByHand = planningOf(planning.read()).requests.at(-1)?.kind === 'edit'
  await keepVersion(paths, planning, { text: draft, by: isByHand ? 'user' : 'agent', at })
  await withLock(paths.planLock, async () => {
    if (readPlan(paths) !== before) throw planReplaced()
    await writeWhole(paths.plan, draft)
  })
  await planning.commit((file) => {
    file.planning = { ...planningOf(file), settled_at: at }
  })
  removeDraft(paths)
  return async () => {
    await beginDraft(paths, draft)
    await planning.commit((file) => {
      const { settled_at: _, ...rest } = planningOf(file)
      file.planning = rest
    })
    if (before !== undefined) await writeWhole(paths.plan, before)
  }
}

/** Removes a draft that had become the plan when its process was killed. */
export function removePlaced({ paths, planning }: Pick<Placing, 'paths' | 'planning'>): void {
  const isSettled = planningOf(planning.read()).settled_at !== undefined
  const draft = readSoundDraft(paths)
  if (isSettled && draft !== undefined && draft === readPlan(paths)) removeDraft(paths)
}

function planReplaced(): WorkError {
  return new WorkError('PLAN.md was changed by someone else since the draft began, so it was not replaced.', {
    code: 'plan-replaced',
    hint: advice`${work('plan')} shows the draft, and asks.`,
    exitCode: exitCodes.unfinished,
  })
}
