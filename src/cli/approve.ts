import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { exitCodes, WorkError } from '../errors.ts'
import { planApproval, planHash } from '../engine/gate.ts'
import { writePrompts } from '../engine/prompt.ts'
import { newThreadIds } from '../engine/task-list.ts'
import { isDone, stagesOf, threadsOf } from '../engine/thread-facts.ts'
import { isUnder, parentId, requireId } from '../ids.ts'
import { openQuestions } from '../plan/check.ts'
import { deriveTasks } from '../plan/derive.ts'
import type { Plan } from '../plan/plan.ts'
import { writeWhole } from '../store/atomic.ts'
import { findStream, type Approval } from '../store/index-file.ts'
import {
  now,
  openStream,
  readPlanText,
  requireHuman,
  type CommonOptions,
  type StreamContext,
} from './context.ts'
import { print, printJson } from './output.ts'
import { addTasks } from './plan-edit.ts'
import { describeMerge, requirePlan, takeTasks, tasksMdFor } from './tasks.ts'

export interface ApproveOptions extends CommonOptions {
  revoke?: boolean
  reason?: string
  force?: boolean
}

/** What an approval came to: the same for people and for scripts. */
interface Result {
  action: 'approved' | 'revoked' | 'unchanged'
  target: string
  words: string[]
}

/** `work approve`: a person's word on plan, tasks, a stage or a revision. Without a target it shows where they stand. */
export async function approve(
  target: string | undefined,
  number: string | undefined,
  options: ApproveOptions,
): Promise<void> {
  if (target === undefined) return show(openStream(options), options)
  requireHuman('approval', ['work approve', target, number].filter(Boolean).join(' '))
  const context = openStream(options)
  const { action, target: what, words } = await decide(context, target, number, options)
  if (options.json === true) printJson({ action, target: what, stream: context.entry.id })
  else print(words)
}

function decide(
  context: StreamContext,
  target: string,
  number: string | undefined,
  options: ApproveOptions,
): Promise<Result> {
  const { revoke = false, reason, force = false } = options
  if (reason !== undefined && !revoke) {
    throw new WorkError('--reason goes with --revoke.', {
      code: 'usage',
      hint: `work approve ${target} --revoke --reason "…"`,
    })
  }
  switch (target) {
    case 'plan':
      return revoke ? revokePlan(context, reason) : approvePlan(context, force)
    case 'tasks':
      return revoke ? revokeTasks(context, reason) : approveTasks(context)
    case 'stage':
      return decideStage(context, number, options)
    case 'revision':
      if (revoke)
        throw new WorkError('A revision is revoked as the plan is.', {
          code: 'usage',
          hint: 'work approve plan --revoke',
        })
      return approveRevision(context, force)
    default:
      throw new WorkError(`"${target}" can't be approved.`, {
        code: 'usage',
        hint: 'work approve plan | tasks | stage <n> | revision',
      })
  }
}

async function approvePlan(context: StreamContext, force: boolean): Promise<Result> {
  const { stream, entry, tasks } = context
  const text = readPlanText(context)
  const before = planApproval(entry.approval, text)
  if (before.state === 'approved') {
    return {
      action: 'unchanged',
      target: 'plan',
      words: [`The plan is approved already, since ${before.at}.`],
    }
  }
  const plan = requirePlan(context)
  if (!force) refuseOpenQuestions(plan, 'plan')
  // Threads that nobody has seen as tasks have to be approved as tasks before they run.
  const isNew = newThreadIds(tasks.read(), plan).length > 0
  const tasksAreApproved = entry.approval?.tasks?.status === 'approved' && !isNew
  await changeApproval(context, (approval) => {
    approvePlanText(approval, text)
    if (approval.tasks?.status === 'approved' && isNew) {
      Object.assign(approval.tasks, revocation('the plan has new threads'))
    }
  })
  if (tasksAreApproved) {
    await writePrompts(stream, plan, threadsOf(tasks.read()))
    return {
      action: 'approved',
      target: 'plan',
      words: ['The plan is approved. Its prompts are written anew.', '  → work multi --continue'],
    }
  }
  const path = relative(stream.root, stream.tasksMd)
  const hadList = existsSync(stream.tasksMd)
  if (!hadList) await writeWhole(stream.tasksMd, tasksMdFor(context, plan))
  return {
    action: 'approved',
    target: 'plan',
    words: [
      'The plan is approved.',
      hadList
        ? `Its tasks: ${path} was there already, and is kept as it is.`
        : `Its tasks are in ${path}. Change them as you like.`,
      '  → work approve tasks',
    ],
  }
}

async function approveTasks(context: StreamContext): Promise<Result> {
  const { stream, tasks } = context
  const text = readPlanText(context)
  if (planApproval(context.entry.approval, text).state !== 'approved') {
    throw new WorkError(
      `The plan of ${context.entry.id} is not approved as it is now, and tasks come after the plan.`,
      {
        code: 'plan-not-approved',
        hint: 'work approve plan',
        exitCode: exitCodes.unfinished,
      },
    )
  }
  const plan = requirePlan(context)
  const merged = await takeTasks(context, plan)
  const threads = threadsOf(tasks.read())
  const prompts = await writePrompts(stream, plan, threads)
  await changeApproval(context, (approval) => approveTaskCount(approval, tasks.read().tasks.length))
  const idle = newThreadIds(tasks.read(), plan)
  return {
    action: 'approved',
    target: 'tasks',
    words: [
      `The tasks are approved. ${describeMerge(merged)} ${prompts.length} prompt(s) written.`,
      ...(idle.length > 0 ? [`No tasks, so nothing will run: ${idle.join(', ')}.`] : []),
      '  → work multi --continue',
    ],
  }
}

/** New threads in the plan become tasks at once; what was there stays as it is. */
async function approveRevision(context: StreamContext, force: boolean): Promise<Result> {
  const { stream, tasks } = context
  const text = readPlanText(context)
  const plan = requirePlan(context)
  const fresh = newThreadIds(tasks.read(), plan)
  if (fresh.length === 0) {
    throw new WorkError('The plan has no thread that is not in tasks.json already.', {
      code: 'no-revision',
      hint: 'Add a stage, batch or thread to PLAN.md first. A plan whose words changed: work approve plan',
    })
  }
  const stages = new Set(fresh.map((id) => parentId(id, 'stage')))
  if (!force)
    refuseOpenQuestions({ ...plan, stages: plan.stages.filter((stage) => stages.has(stage.id)) }, 'revision')
  if (existsSync(stream.tasksMd)) await takeTasks(context, plan)
  const derived = deriveTasks(plan).filter((task) => fresh.includes(parentId(task.id, 'thread')))
  const listed = new Set(threadsOf(tasks.read()).map((thread) => thread.id))
  await tasks.commit((file) =>
    addTasks(
      file,
      derived.filter((task) => !listed.has(parentId(task.id, 'thread'))),
    ),
  )
  const threads = threadsOf(tasks.read())
  await writePrompts(stream, plan, threads)
  await changeApproval(context, (approval) => {
    approvePlanText(approval, text)
    approveTaskCount(approval, tasks.read().tasks.length)
  })
  const added = threads.filter((thread) => fresh.includes(thread.id)).flatMap((thread) => thread.tasks)
  return {
    action: 'approved',
    target: 'revision',
    words: [
      `The revision is approved: ${fresh.join(', ')}. tasks.json: ${added.length} new task(s).`,
      '  → work multi --continue',
    ],
  }
}

async function decideStage(
  context: StreamContext,
  number: string | undefined,
  options: ApproveOptions,
): Promise<Result> {
  if (number === undefined)
    throw new WorkError('Which stage?', { code: 'usage', hint: 'work approve stage 1' })
  const stage = requireId(number, 'stage')
  const threads = threadsOf(context.tasks.read())
  const stages = stagesOf(threads)
  if (!stages.includes(stage)) {
    throw new WorkError(
      `There is no stage ${stage} in tasks.json. There are: ${stages.join(', ') || 'none'}.`,
      {
        code: 'stage-not-found',
        hint: 'work tree',
      },
    )
  }
  const target = `stage ${Number(stage)}`
  const key = String(Number(stage))
  if (options.revoke === true) {
    await changeApproval(context, (approval) => {
      const decision = approval.stages?.[key]
      if (decision?.status !== 'approved') throw notApproved(target)
      Object.assign(decision, revocation(options.reason))
    })
    return { action: 'revoked', target, words: [`The approval of ${target} is revoked.`] }
  }
  const unfinished = threads.filter((thread) => isUnder(thread.id, stage) && !isDone(thread))
  if (unfinished.length > 0 && options.force !== true) {
    throw new WorkError(`Stage ${stage} is not done: ${unfinished.map((thread) => thread.id).join(', ')}.`, {
      code: 'stage-unfinished',
      hint: 'work multi --continue, or --force to approve it all the same',
      exitCode: exitCodes.unfinished,
    })
  }
  await changeApproval(context, (approval) => {
    approval.stages = { ...approval.stages, [key]: { ...approval.stages?.[key], ...approved() } }
  })
  return { action: 'approved', target, words: [`Stage ${stage} is approved.`, '  → work multi --continue'] }
}

async function revokePlan(context: StreamContext, reason: string | undefined): Promise<Result> {
  await changeApproval(context, (approval) => {
    if (approval.status !== 'approved') throw notApproved('plan')
    Object.assign(approval, revocation(reason))
  })
  return {
    action: 'revoked',
    target: 'plan',
    words: ['The approval of the plan is revoked: nothing runs until it is approved again.'],
  }
}

async function revokeTasks(context: StreamContext, reason: string | undefined): Promise<Result> {
  await changeApproval(context, (approval) => {
    if (approval.tasks?.status !== 'approved') throw notApproved('tasks')
    Object.assign(approval.tasks, revocation(reason))
  })
  return {
    action: 'revoked',
    target: 'tasks',
    words: ['The approval of the tasks is revoked: nothing runs until they are approved again.'],
  }
}

function show(context: StreamContext, options: ApproveOptions): void {
  const { entry } = context
  const plan = planApproval(entry.approval, readPlanText(context))
  const tasks = entry.approval?.tasks?.status ?? 'draft'
  const stages = Object.fromEntries(
    Object.entries(entry.approval?.stages ?? {}).map(([stage, decision]) => [stage, decision.status]),
  )
  if (options.json === true) return printJson({ stream: entry.id, plan: plan.state, tasks, stages })
  print([
    `Workstream: ${entry.id}`,
    `Plan:   ${plan.state === 'changed' ? `changed since it was approved on ${plan.at}` : plan.state}`,
    `Tasks:  ${tasks}`,
    ...Object.entries(stages).map(([stage, status]) => `Stage ${stage.padStart(2, '0')}: ${status}`),
  ])
}

function refuseOpenQuestions(plan: Plan, target: string): void {
  const open = openQuestions(plan)
  if (open.length === 0) return
  throw new WorkError(
    [
      `The ${target} has ${open.length} open question(s):`,
      ...open.map(({ line, stage, text }) => `PLAN.md:${line}: stage ${stage}: ${text}`),
    ].join('\n'),
    {
      code: 'open-questions',
      hint: `Answer each and tick its box ("- [x] …"), or work approve ${target} --force`,
      exitCode: exitCodes.unfinished,
    },
  )
}

async function changeApproval(context: StreamContext, change: (approval: Approval) => void): Promise<void> {
  await context.index.commit((index) => {
    const entry = findStream(index, context.entry.id)
    entry.approval ??= { status: 'draft' }
    change(entry.approval)
    entry.updated_at = now().toISOString()
  })
}

function approvePlanText(approval: Approval, text: string): void {
  Object.assign(approval, approved(), { plan_hash: planHash(text) })
  forgetRevocation(approval)
}

function approveTaskCount(approval: Approval, count: number): void {
  approval.tasks = { ...approval.tasks, ...approved(), task_count: count }
  forgetRevocation(approval.tasks)
}

function approved() {
  return { status: 'approved', approved_at: now().toISOString(), approved_by: 'user' } as const
}

function revocation(reason = 'by a person') {
  return { status: 'revoked', revoked_at: now().toISOString(), revoked_reason: reason } as const
}

function forgetRevocation(decision: {
  revoked_at?: string | undefined
  revoked_reason?: string | undefined
}): void {
  delete decision.revoked_at
  delete decision.revoked_reason
}

function notApproved(target: string): WorkError {
  return new WorkError(`The ${target} is not approved, so there is nothing to revoke.`, {
    code: 'not-approved',
    hint: 'work approve',
  })
}
