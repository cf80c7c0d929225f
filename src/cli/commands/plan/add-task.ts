import { isTouched } from '../../../threads/sync-tasks.ts'
import { threadsOf, type ThreadFacts } from '../../../threads/thread.ts'
import { formatId, isUnder, lastNumber, parentId } from '../../../ids.ts'
import { deriveTasks } from '../../../plan/derive.ts'
import { insertStep, isImplied, requireName, type PlanEdit } from '../../../plan/edit/edit.ts'
import { requirePlannedThread } from '../../../plan/edit/target.ts'
import type { Thread } from '../../../plan/plan.ts'
import type { TasksFile } from '../../../store/tasks/schema.ts'
import { isAgent, now, type CommonOptions } from '../../context.ts'
import { addTasks, changePlan } from './edit-plan.ts'

export interface AddTaskOptions extends CommonOptions {
  stage?: string
  batch?: string
  thread: string
  name: string
}

/**
 * `work add-task`: a box in the plan, and its task. A thread that has tasks gets it at once, whatever was approved: its
 * tasks are not made from the plan a second time, and the gate stays closed while the plan is not approved.
 */
export function addTask(options: AddTaskOptions): Promise<void> {
  const name = requireName(options.name)
  return changePlan('add-task', options, (text, plan, { tasks }) => {
    const thread = requirePlannedThread(plan, options)
    const facts = threadsOf(tasks.read()).find((one) => one.id === thread.id)
    const keepImplied = isWorthKeeping(thread, facts)
    const edit = insertStep(text, thread.id, name, { keepImplied })
    const change = { edit, what: 'task', name, keepsApproval: true, ...noteOf(facts) }
    if (facts === undefined) return change
    const isReplaced = isImplied(thread) && !keepImplied && facts.tasks.length === 1 && !isTouched(facts)
    const replaced = isReplaced ? facts.tasks[0].id : undefined
    return { ...change, changeTasks: (file) => putTask(file, edit, name, replaced) }
  })
}

function noteOf(facts: ThreadFacts | undefined): { note?: string } {
  if (facts?.status !== 'running' || isAgent()) return {}
  return { note: `Thread ${facts.id} is already running, and its agent does not see the new task.` }
}

/** The step that stands for a thread without a list goes when nobody has said more than the thread's name. */
function isWorthKeeping(thread: Thread, facts: ThreadFacts | undefined): boolean {
  if (facts === undefined) return thread.summary !== ''
  const isTask = facts.tasks.some((task) => task.name === thread.steps[0]?.text)
  return isTask && (thread.summary !== '' || isTouched(facts))
}

/** Renames the task that is replaced, or adds one after the last task of its thread. */
function putTask(
  file: TasksFile,
  { plan, id: stepId }: PlanEdit,
  name: string,
  replaced: string | undefined,
): string {
  const task = file.tasks.find((one) => one.id === replaced)
  if (task !== undefined) {
    Object.assign(task, { name, updated_at: now().toISOString() })
    return task.id
  }
  const thread = parentId(stepId, 'thread')
  const numbers = file.tasks.filter((one) => isUnder(one.id, thread)).map((one) => lastNumber(one.id))
  const id = `${thread}.${formatId(Math.max(0, ...numbers) + 1)}`
  addTasks(
    file,
    deriveTasks(plan)
      .filter((one) => one.id === stepId)
      .map((one) => ({ ...one, id })),
  )
  return id
}
