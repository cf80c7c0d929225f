import { rmSync } from 'node:fs'
import { relative } from 'node:path'
import { counted } from '../../../text/plural.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { planHash } from '../../../approval/gate.ts'
import { requireSettled } from '../../../approval/changes/plan-changes.ts'
import { recordPlan } from '../../../approval/changes/record.ts'
import { listTasks, mergeTasks, strayTasks, type MergedTasks } from '../../../threads/sync-tasks.ts'
import { parsePlan } from '../../../plan/parse/parse.ts'
import type { Plan } from '../../../plan/plan.ts'
import { formatProblem, type Problem } from '../../../plan/problem.ts'
import type { ListedTask } from '../../../plan/tasks-md/listed-task.ts'
import { parseTasksMd, renderTasksMd } from '../../../plan/tasks-md/tasks-md.ts'
import { parentId } from '../../../ids.ts'
import { nameKey } from '../../../plan/compare/match.ts'
import { findThread } from '../../../plan/plan.ts'
import { writeWhole } from '../../../store/atomic-write.ts'
import { findStream } from '../../../store/index/index-file.ts'
import {
  now,
  openStream,
  readPlanText,
  readTasksMd,
  requireHuman,
  type CommonOptions,
  type StreamContext,
} from '../../context.ts'
import { print, printJson, say } from '../../output.ts'
import { advice, commandText, hintText, work } from '../../../text/hint.ts'

export interface TasksOptions extends CommonOptions {
  force?: boolean
}

/** `work tasks generate|serialize`: TASKS.md from the plan and what is known, and back into tasks.json. */
export async function tasks(action: string, options: TasksOptions): Promise<void> {
  if (action === 'generate') return generate(options)
  if (action === 'serialize') return serialize(options)
  throw new WorkError(`"${commandText(work('tasks', action))}" does not exist.`, {
    code: 'usage',
    hint: advice`${work('tasks', 'generate')}, or ${work('tasks', 'serialize')}`,
  })
}

async function generate(options: TasksOptions): Promise<void> {
  const context = openStream(options)
  const { stream } = context
  const plan = requirePlan(context)
  const text = tasksMdFor(context, plan)
  const path = relative(stream.root, stream.tasksMd)
  const before = options.force === true ? undefined : readTasksMd(context)
  if (before !== undefined && before !== text) {
    throw new WorkError(`${path} already exists, and differs from what the plan gives.`, {
      code: 'tasks-md-exists',
      hint: advice`${work('approve', 'tasks')} uses it as it is; ${work('tasks', 'generate', '--force')} overwrites it.`,
    })
  }
  await writeWhole(stream.tasksMd, text)
  const count = parseTasksMd(text).tasks.length
  if (options.json === true) return printJson({ path, tasks: count })
  print([`Wrote ${count} tasks to ${path}; edit it if you like.`, { next: work('approve', 'tasks') }])
}

async function serialize(options: TasksOptions): Promise<void> {
  // TASKS.md states the status of any task: read by an agent, it would settle other threads.
  requireHuman('importing TASKS.md', work('tasks', 'serialize'))
  const context = openStream(options)
  const result = await takeTasks(context, requirePlan(context))
  if (options.json === true) return printJson(result)
  print([describeMerge(result)])
}

/** TASKS.md as the plan and tasks.json give it. */
export function tasksMdFor({ tasks: store }: StreamContext, plan: Plan): string {
  return renderTasksMd(plan.name, listTasks(store.read(), plan))
}

/**
 * Takes TASKS.md, or what it would be, into tasks.json, and removes it. A `WorkError` (`tasks-invalid`) names every
 * problem in it, and changes nothing.
 */
export async function takeTasks(context: StreamContext, plan: Plan): Promise<MergedTasks> {
  const { stream, tasks: store } = context
  const text = readTasksMd(context)
  const { tasks: list, problems } = parseTasksMd(text ?? tasksMdFor(context, plan))
  const errors = [
    ...problems.filter((problem) => problem.severity === 'error'),
    ...strayTasks(list, plan, store.read().plan?.kept).map(stray),
    ...renamedThreads(list, plan),
  ]
  if (errors.length > 0) throw invalidTasks(errors)
  if (list.length === 0) {
    throw new WorkError('There is no task in TASKS.md.', {
      code: 'tasks-invalid',
      hint: work('tasks', 'generate', '--force'),
    })
  }
  say(
    ...problems
      .filter((problem) => problem.severity === 'warning')
      .map((one) => formatProblem('TASKS.md', one)),
  )
  const listed = list.map(({ line: _, ...task }) => task)
  const hash = planHash(readPlanText(context))
  const { approval } = findStream(context.index.read(), context.entry.id)
  const result = await store.commit((file) => {
    requireSettled(file, plan, { hash, appliedAt: approval?.renumbered_at })
    const merged = mergeTasks(file, listed, now().toISOString())
    recordPlan(file, plan, hash)
    return merged
  })
  if (text !== undefined) rmSync(stream.tasksMd)
  return result
}

/** The plan without errors. A `WorkError` (`plan-invalid`) names every error in it. */
export function requirePlan(context: StreamContext): Plan {
  const { plan, problems } = parsePlan(readPlanText(context))
  const errors = problems.filter((problem) => problem.severity === 'error')
  if (errors.length === 0) return plan
  throw new WorkError(
    [
      `The plan has ${counted(errors.length, 'error')}:`,
      ...errors.map((one) => formatProblem('PLAN.md', one)),
    ].join('\n'),
    { code: 'plan-invalid', hint: work('validate', 'plan') },
  )
}

/** What happened to the tasks, in a sentence. */
export function describeMerge({ added, dropped, kept }: MergedTasks): string {
  const words = [
    counted(added, 'new task'),
    ...(dropped > 0 ? [`${dropped} dropped`] : []),
    ...(kept.length > 0
      ? [`kept although not listed, since they are not pending any more: ${kept.join(', ')}`]
      : []),
  ]
  return `tasks.json: ${words.join(', ')}.`
}

function invalidTasks(errors: Problem[]): WorkError {
  return new WorkError(
    [
      `TASKS.md has ${counted(errors.length, 'error')}:`,
      ...errors.map((one) => formatProblem('TASKS.md', one)),
    ].join('\n'),
    {
      code: 'tasks-invalid',
      hint: advice`Correct TASKS.md, or write it again: ${work('tasks', 'generate', '--force')}`,
      exitCode: exitCodes.usage,
    },
  )
}

/** Threads whose heading names another thread than the plan has at that id: the list was made for an earlier plan. */
function renamedThreads(list: readonly ListedTask[], plan: Plan): Problem[] {
  const seen = new Set<string>()
  return list.flatMap((task): Problem[] => {
    const id = parentId(task.id, 'thread')
    const thread = findThread(plan, id)?.thread
    if (thread === undefined || seen.has(id) || nameKey(thread.name) === nameKey(task.thread_name)) return []
    seen.add(id)
    return [
      {
        severity: 'error',
        code: 'thread-renamed',
        line: task.line,
        message: `Thread ${id} is "${task.thread_name}" here, and "${thread.name}" in PLAN.md:${thread.line}.`,
        hint: hintText(
          advice`Write the list again for the plan as it is: ${work('tasks', 'generate', '--force')}`,
        ),
      },
    ]
  })
}

function stray({ id, line }: ListedTask): Problem {
  return {
    severity: 'error',
    code: 'thread-not-in-plan',
    line,
    message: `Task ${id} belongs to a thread that PLAN.md does not have.`,
    hint: 'Add the thread to the plan, or give the task the number of one that is there.',
  }
}
