import { existsSync } from 'node:fs'
import { counted } from '../../../text/plural.ts'
import { planApproval } from '../../../approval/gate.ts'
import { listTasks } from '../../../threads/sync-tasks.ts'
import { threadsOf, type ThreadFacts } from '../../../threads/thread.ts'
import { viewTree } from '../../../threads/status.ts'
import { openQuestions } from '../../../plan/check.ts'
import { findThread, type Plan } from '../../../plan/plan.ts'
import { parseTasksMd } from '../../../plan/tasks-md/tasks-md.ts'
import type { Task } from '../../../store/tasks/schema.ts'
import { plainText } from '../../../text/sanitize.ts'
import { renderTree } from '../../../ui/tree.ts'
import type { ApprovalDecision } from './decision.ts'
import { approvePlan, type PlanApprovalOptions } from './plan.ts'
import { approveTasks } from './tasks.ts'
import { readPlanText, readTasksMd, refresh, type StreamContext } from '../../context.ts'
import { outputStyle, outputWidth } from '../../output.ts'
import { requirePlan } from '../plan/tasks.ts'
import { work } from '../../../text/hint.ts'

/** What waits for approval, as the user sees it before saying yes. */
export interface Outline {
  lines: string[]
  /** The number of open questions of the plan. */
  questions: number
}

/** Whether plan and tasks are approved as they are now, and TASKS.md holds nothing that is not. */
export function isAllApproved(context: StreamContext): boolean {
  const { entry, stream } = refresh(context)
  const plan = planApproval(entry.approval, readPlanText(context))
  return (
    plan.state === 'approved' && entry.approval?.tasks?.status === 'approved' && !existsSync(stream.tasksMd)
  )
}

/**
 * The plan with its tasks as a tree with counts, and its open questions. Throws a `WorkError` (`plan-invalid`) for a plan with
 * errors.
 */
export function describeOutline(context: StreamContext): Outline {
  const plan = requirePlan(context)
  const threads = threadsOf({ ...context.tasks.read(), tasks: plannedTasks(context, plan) })
  return outlineOf(context.entry.id, plan, threads)
}

/** The same for a plan with its threads; each with its summary, if that `isShown`. `file`: the name of its file. */
export function outlineOf(
  name: string,
  plan: Plan,
  threads: ThreadFacts[],
  { isShown = false, file = 'PLAN.md' } = {},
): Outline {
  const stages = viewTree(threads).map((stage) => ({
    ...stage,
    batches: stage.batches.map((batch) => ({
      ...batch,
      threads: batch.threads.map((thread) => ({
        ...thread,
        summary: isShown ? findThread(plan, thread.id)?.thread.summary : undefined,
      })),
    })),
  }))
  const look = { style: outputStyle(), width: outputWidth() ?? Infinity }
  const batches = stages.reduce((sum, stage) => sum + stage.batches.length, 0)
  const tasks = threads.reduce((sum, thread) => sum + thread.tasks.length, 0)
  const counts = [
    counted(stages.length, 'stage'),
    batches === 1 ? '1 batch' : `${batches} batches`,
    counted(threads.length, 'thread'),
    counted(tasks, 'task'),
  ]
  const open = openQuestions(plan)
  return {
    lines: [
      ...renderTree(name, stages, look),
      '',
      `${counts.join(', ')}.`,
      ...(open.length === 0 ? [] : ['', `${counted(open.length, 'open question')}:`]),
      ...open.map(({ line, stage, text }) => plainText(`${file}:${line}: stage ${stage}: ${text}`)),
    ],
    questions: open.length,
  }
}

/** The tasks of TASKS.md where there is one, or those of the plan; with the status that each has now. */
function plannedTasks(context: StreamContext, plan: Plan): Task[] {
  const text = readTasksMd(context)
  const list = text === undefined ? listTasks(context.tasks.read(), plan) : parseTasksMd(text).tasks
  const known = new Map(context.tasks.read().tasks.map((task) => [task.id, task]))
  return list.map((task) => ({ created_at: '', updated_at: '', ...known.get(task.id), ...task }))
}

/**
 * Approves the plan and its tasks in one step. What is approved already stays as it is. Throws as the two approvals do; a
 * plan that was approved before that stays approved.
 */
export async function approvePlanAndTasks(
  context: StreamContext,
  options: PlanApprovalOptions,
): Promise<ApprovalDecision> {
  if (isAllApproved(context) && options.force !== true) {
    const { action, details = [] } = await approvePlan(refresh(context), options)
    const words =
      action === 'unchanged' ? ['The plan and its tasks are already approved.'] : ['Plan approved.']
    return { action, target: 'plan and tasks', words: [...words, ...details, runHint] }
  }
  const { details: planned = [] } = await approvePlan(refresh(context), options)
  const { details: listed = [] } = isAllApproved(context)
    ? { details: [] }
    : await approveTasks(refresh(context), options)
  const file = context.tasks.read()
  const headline = `Plan approved: ${counted(threadsOf(file).length, 'thread')} with ${counted(file.tasks.length, 'task')}.`
  const details = [...planned, ...listed]
  return { action: 'approved', target: 'plan and tasks', words: [headline, ...details, runHint], details }
}

const runHint = { next: work('run') }
