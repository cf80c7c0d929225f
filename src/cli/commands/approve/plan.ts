import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { counted } from '../../../text/plural.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { onMoment, planApproval, planHash, type PlanApproval } from '../../../approval/gate.ts'
import { isRecorded } from '../../../approval/changes/plan-changes.ts'
import { recordPlan } from '../../../approval/changes/record.ts'
import { writePrompts } from '../../../prompts/prompt.ts'
import { isPending, moveStageApprovals } from '../../../approval/changes/stage-moves.ts'
import { newThreadIds, stepsWithoutTask } from '../../../threads/sync-tasks.ts'
import { threadsOf } from '../../../threads/thread.ts'
import { parentId } from '../../../ids.ts'
import { openQuestions } from '../../../plan/check.ts'
import { deriveTasks, type DerivedTask } from '../../../plan/derive.ts'
import type { Plan } from '../../../plan/plan.ts'
import { writeWhole } from '../../../store/atomic-write.ts'
import {
  approvePlanText,
  approveTaskCount,
  changeApproval,
  notApproved,
  revocation,
  type ApprovalDecision,
} from './decision.ts'
import { plainText } from '../../../text/sanitize.ts'
import { readPlanText, type StreamContext } from '../../context.ts'
import type { ApproveOptions } from './options.ts'
import { hasAnswers } from './plan-answers.ts'
import { settlePlan } from './plan-differences.ts'
import { addTasks } from '../plan/edit-plan.ts'
import { requirePlan, takeTasks, tasksMdFor } from '../plan/tasks.ts'
import { advice, work } from '../../../text/hint.ts'
import type { OutputLine } from '../../output.ts'

/** An approval of the plan: the options of the command, and whether open questions are accepted. */
export interface PlanApprovalOptions extends ApproveOptions {
  allowsQuestions?: boolean
}

/** Approves the plan as it is now. Its tasks are written to TASKS.md, unless they are approved already. */
export async function approvePlan(
  context: StreamContext,
  options: PlanApprovalOptions,
): Promise<ApprovalDecision> {
  const { stream, entry, tasks } = context
  const text = readPlanText(context)
  const before = planApproval(entry.approval, text)
  const isKnown = isRecorded(tasks.read(), planHash(text), entry.approval?.renumbered_at)
  const unchanged: ApprovalDecision = {
    action: 'unchanged',
    target: 'plan',
    words: [`The plan was approved${onMoment(at(before))}, and has not changed since.`],
  }
  if (before.state === 'approved' && isKnown && !hasAnswers(options)) return unchanged
  const plan = requirePlan(context)
  const mayHaveQuestions = options.force === true || options.allowsQuestions === true
  if (before.state !== 'approved' && !mayHaveQuestions) refuseOpenQuestions(plan, 'plan')
  const changes = await settlePlan(context, plan, text, { ...options, target: 'plan' })
  const isSame = before.state === 'approved' && changes.length === 0
  if (isSame && !isPending(tasks.read(), entry.approval?.renumbered_at)) return unchanged
  // Threads that nobody has seen as tasks have to be approved as tasks before they run.
  const isNew = newThreadIds(tasks.read(), plan).length > 0
  const tasksAreApproved = entry.approval?.tasks?.status === 'approved' && !isNew
  await changeApproval(context, (approval) => {
    approvePlanText(approval, text)
    moveStageApprovals(approval, tasks.read())
    if (approval.tasks?.status === 'approved' && isNew) {
      Object.assign(approval.tasks, revocation('the plan has new threads'))
    }
  })
  if (tasksAreApproved) {
    writePrompts(stream, plan, threadsOf(tasks.read()))
    const details = [...changes, ...describeIdle(stepsWithoutTask(tasks.read(), plan))]
    return {
      action: 'approved',
      target: 'plan',
      words: ['Plan approved. Prompts rewritten.', ...details, { next: work('run') }],
      details,
    }
  }
  const path = relative(stream.root, stream.tasksMd)
  const hadList = existsSync(stream.tasksMd)
  if (!hadList) await writeWhole(stream.tasksMd, tasksMdFor(context, plan))
  return {
    action: 'approved',
    target: 'plan',
    words: [
      'Plan approved.',
      ...changes,
      hadList
        ? `Its tasks: ${path} already exists, kept as it is.`
        : `Its tasks are in ${path}; edit them if you like.`,
      { next: work('approve', 'tasks') },
    ],
    details: changes,
  }
}

/** New threads in the plan become tasks at once; what was there stays as it is. */
export async function approveRevision(
  context: StreamContext,
  options: ApproveOptions,
): Promise<ApprovalDecision> {
  const { stream, tasks } = context
  const text = readPlanText(context)
  const plan = requirePlan(context)
  const changes = await settlePlan(context, plan, text, { ...options, target: 'revision' })
  const fresh = newThreadIds(tasks.read(), plan)
  if (fresh.length === 0) {
    throw new WorkError('The plan has no new threads.', {
      code: 'no-revision',
      hint: advice`Add a stage, batch or thread to PLAN.md first. If only the wording changed: ${work('approve', 'plan')}`,
    })
  }
  const stages = new Set(fresh.map((id) => parentId(id, 'stage')))
  if (options.force !== true)
    refuseOpenQuestions({ ...plan, stages: plan.stages.filter((stage) => stages.has(stage.id)) }, 'revision')
  if (existsSync(stream.tasksMd)) await takeTasks(context, plan)
  const derived = deriveTasks(plan).filter((task) => fresh.includes(parentId(task.id, 'thread')))
  const listed = new Set(threadsOf(tasks.read()).map((thread) => thread.id))
  await tasks.commit((file) => {
    addTasks(
      file,
      derived.filter((task) => !listed.has(parentId(task.id, 'thread'))),
    )
    recordPlan(file, plan, planHash(text))
  })
  const threads = threadsOf(tasks.read())
  writePrompts(stream, plan, threads)
  await changeApproval(context, (approval) => {
    approvePlanText(approval, text)
    moveStageApprovals(approval, tasks.read())
    approveTaskCount(approval, tasks.read().tasks.length)
  })
  const added = threads.filter((thread) => fresh.includes(thread.id)).flatMap((thread) => thread.tasks)
  return {
    action: 'approved',
    target: 'revision',
    words: [
      `Revision approved: ${fresh.join(', ')}, with ${counted(added.length, 'new task')}.`,
      ...changes,
      ...describeIdle(stepsWithoutTask(tasks.read(), plan)),
      { next: work('run') },
    ],
  }
}

function at(approval: PlanApproval): string {
  return 'at' in approval ? approval.at : ''
}

/** Takes the approval of a plan back. */
export async function revokePlan(
  context: StreamContext,
  reason: string | undefined,
): Promise<ApprovalDecision> {
  await changeApproval(context, (approval) => {
    if (approval.status !== 'approved') throw notApproved('plan')
    Object.assign(approval, revocation(reason))
  })
  return {
    action: 'revoked',
    target: 'plan',
    words: ['Approval of the plan revoked: nothing runs until it is approved again.'],
  }
}

/** The tasks of a thread stay as they are, so a step that was written below them by hand is named. */
function describeIdle(steps: readonly DerivedTask[]): OutputLine[] {
  if (steps.length === 0) return []
  return [
    `Not in tasks.json, so not run: ${counted(steps.length, 'step')} of threads that already have tasks.`,
    ...steps.map(({ line, id, name }) =>
      plainText(`PLAN.md:${line}: thread ${parentId(id, 'thread')}: ${name}`),
    ),
    advice`To add them: ${work('tasks', 'generate')}, list them in TASKS.md if they are missing there, ${work('approve', 'tasks')}`,
  ]
}

function refuseOpenQuestions(plan: Plan, target: string): void {
  const open = openQuestions(plan)
  if (open.length === 0) return
  throw new WorkError(
    [
      `The ${target} has ${counted(open.length, 'open question')}:`,
      ...open.map(({ line, stage, text }) => `PLAN.md:${line}: stage ${stage}: ${text}`),
    ].join('\n'),
    {
      code: 'open-questions',
      hint: advice`Answer each and tick its box ("- [x] …"), or ${work('approve', target, '--force')}`,
      exitCode: exitCodes.unfinished,
    },
  )
}
