import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { keepApprovedText } from '../../../approval/approved-text.ts'
import { planApproval, planHash } from '../../../approval/gate.ts'
import { writePrompts } from '../../../prompts/prompt.ts'
import { threadsOf } from '../../../threads/thread.ts'
import { recordPlan } from '../../../approval/changes/record.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { compareIds, isUnder, parentId } from '../../../ids.ts'
import { deriveTasks, type DerivedTask } from '../../../plan/derive.ts'
import type { PlanEdit } from '../../../plan/edit/edit.ts'
import { parsePlan } from '../../../plan/parse/parse.ts'
import type { Plan } from '../../../plan/plan.ts'
import { writeWhole } from '../../../store/atomic-write.ts'
import { findStream } from '../../../store/index/index-file.ts'
import { withLock } from '../../../store/lock.ts'
import type { Task, TasksFile } from '../../../store/tasks/schema.ts'
import {
  isAgent,
  now,
  openStream,
  readPlanText,
  readTasksMd,
  type CommonOptions,
  type StreamContext,
} from '../../context.ts'
import { placeHint } from '../../hint.ts'
import { print, printJson, type OutputLine } from '../../output.ts'
import { whenThere } from '../../when-there.ts'
import { tasksMdFor } from './tasks.ts'
import {
  advice,
  hintOf,
  hintText,
  work,
  type CommandLine,
  type Hint,
  type HintSource,
} from '../../../text/hint.ts'

/** What is about to be added, given the plan as it is under the lock. */
export interface Change {
  edit: PlanEdit
  /** `batch`, or `task`: what was added; its id and name follow. */
  what: string
  name: string
  /** What to know of it. */
  note?: HintSource
  /** A stage always needs approval; a smaller part that the user adds keeps the approval that there is. */
  keepsApproval: boolean
  /** Changes tasks.json whatever was approved, and gives the id of the task; else new threads wait for the approval. */
  changeTasks?: (file: TasksFile) => string
}

/** The result of an edit. */
export interface Added {
  action: string
  stream: string
  /** Of what was added. */
  id: string
  name: string
  /** Of PLAN.md. */
  line: number
  /** Tasks that tasks.json has got. */
  tasks: string[]
  /** Whether the plan is approved as it is now. */
  approved: boolean
  /** The command for the next step. */
  next: string
}

/** Resolves the edit to make, or throws. */
export type Choose = (text: string, plan: Plan, context: StreamContext) => Change

/** Does what {@link editPlan} does, and prints it. */
export async function changePlan(action: string, options: CommonOptions, choose: Choose): Promise<void> {
  const { added, words } = await editPlan(action, options, choose)
  if (options.json === true) printJson(added)
  else print(words)
}

/**
 * Adds something to PLAN.md under its lock, so that two commands at once lose nothing, then to tasks.json what follows.
 * The user's command keeps the approval of a plan that had not changed since it was approved. When tasks.json can't be written,
 * PLAN.md gets its old text back. An agent waits for state files until something is written: tried again after that, the
 * same would be added twice.
 */
export async function editPlan(
  action: string,
  options: CommonOptions,
  choose: Choose,
): Promise<{ added: Added; words: OutputLine[] }> {
  let hasBegun = false
  const begin = () => {
    hasBegun = true
  }
  const attempt = () => {
    const context = openStream(options)
    // Said before the lock is taken, for that would make folders.
    readPlanText(context)
    return withLock(context.stream.planLock, () => add(action, context, choose, begin))
  }
  const result = await whenThere(async () => {
    try {
      return { value: await attempt() }
    } catch (error) {
      if (!hasBegun) throw error
      return { error }
    }
  })
  if ('error' in result) throw result.error
  return result.value
}

/** What {@link editPlan} would add; adds nothing. Throws what that throws of the plan and the change. */
export function previewEdit(options: CommonOptions, choose: Choose): Change {
  const context = openStream(options)
  const text = readPlanText(context)
  return choose(text, parsePlan(text).plan, context)
}

async function add(
  action: string,
  context: StreamContext,
  choose: Choose,
  /** Called before the first write. */
  begin: () => void,
): Promise<{ added: Added; words: OutputLine[] }> {
  const { stream, index } = context
  const text = readPlanText(context)
  const entry = findStream(index.read(), context.entry.id)
  const { plan } = parsePlan(text)
  const { edit, what, name, note, keepsApproval, changeTasks } = choose(text, plan, context)

  const before = planApproval(entry.approval, text).state
  const hasTasks = entry.approval?.tasks?.status === 'approved'
  const keeps = keepsApproval && before === 'approved' && !isAgent()
  const listIsUntouched = isUntouched(context, plan)
  const recorded = context.tasks.readSound()
  requireFreeId(recorded, edit, changeTasks !== undefined)
  const isCompared = (file: TasksFile) => file.plan?.hash === planHash(text)
  const changesTasks = changeTasks !== undefined || (keeps && hasTasks) || isCompared(recorded)
  const change = (file: TasksFile): string[] => {
    const goesOn = isCompared(file)
    const ids = changeTasks !== undefined ? [changeTasks(file)] : []
    if (changeTasks === undefined && keeps && hasTasks) ids.push(...addTasks(file, newTasks(edit)))
    // What tasks.json was compared with is still so but for what was added.
    if (goesOn) recordPlan(file, edit.plan, planHash(edit.text))
    return ids
  }

  begin()
  await writeWhole(stream.plan, edit.text)
  let tasks: string[] = []
  try {
    if (changesTasks) tasks = await context.tasks.commit(change)
  } catch (error) {
    // Without its task the new part of the plan would be done by nobody.
    throw await takeBack(context, { before: text, after: edit.text, id: edit.id }, error)
  }
  if (changeTasks === undefined && keeps && hasTasks) await writeNewPrompts(context, edit)
  const list = await renewList(context, edit.plan, listIsUntouched)
  const approved = keeps && (await keepApproval(context, text, edit.text, tasks.length > 0))

  const isKnown = changeTasks !== undefined
  const id = isKnown ? (tasks[0] ?? edit.id) : edit.id
  const next = nextCommand({ before, approved, hasTasks, isKnown })
  const path = relative(stream.root, stream.plan)
  return {
    added: {
      action,
      stream: entry.id,
      id,
      name,
      line: edit.line,
      tasks,
      approved,
      next: hintText(placeHint(next)),
    },
    words: [
      `Added ${what} ${id}: ${name}`,
      `See ${path}:${edit.line}${tasks.length > 0 ? ` and in tasks.json (${tasks.join(', ')})` : ''}.`,
      ...(note === undefined ? [] : [hintOf(note)]),
      ...list,
      ...(before === 'changed' ? ['PLAN.md had been changed since it was approved.'] : []),
      ...openStage(entry.approval?.stages, edit.id),
      isAgent() && next[1] === 'approve' ? advice`Ask the user to run \`${next}\`` : { next },
    ],
  }
}

/**
 * Restores the previous text of PLAN.md, unless it has been changed since. Returns the error with the cause, and also
 * says so where PLAN.md could not be restored.
 */
async function takeBack(
  context: StreamContext,
  { before, after, id }: { before: string; after: string; id: string },
  error: unknown,
): Promise<unknown> {
  const { stream } = context
  const path = relative(stream.root, stream.plan)
  if (!isPlan(context, after))
    return withMore(
      error,
      `${path} was changed in the meantime and was left as it is: check whether it still has ${id}.`,
    )
  try {
    await writeWhole(stream.plan, before)
    return error
  } catch (cause) {
    if (!(cause instanceof WorkError)) throw cause
    return withMore(error, `${path} could not be changed back: it still has ${id}.`)
  }
}

function isPlan(context: StreamContext, text: string): boolean {
  try {
    return readPlanText(context) === text
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    return false
  }
}

/** The error with a further sentence. What is a bug stays one. */
function withMore(error: unknown, sentence: string): unknown {
  if (!(error instanceof WorkError)) return error
  const { message, code, advice: hint, facts } = error
  return new WorkError(`${message} ${sentence}`, {
    code,
    hint,
    facts,
    exitCode: exitCodes.unfinished,
    cause: error,
  })
}

/** A new thread must not get the number, and with it the history, of one that is recorded and no longer in the plan. */
function requireFreeId({ tasks }: TasksFile, { id, plan }: PlanEdit, isTask: boolean): void {
  if (isTask) return
  const taken = deriveTasks(plan)
    .filter((task) => isUnder(task.id, id))
    .flatMap((task) => tasks.find((one) => parentId(one.id, 'thread') === parentId(task.id, 'thread')) ?? [])
  const [first] = taken
  if (first === undefined) return
  const thread = parentId(first.id, 'thread')
  throw new WorkError(
    `Thread ${thread} would get the number of "${first.thread_name}", which is recorded in tasks.json.`,
    {
      code: 'thread-recorded',
      hint: advice`${work('approve', 'plan', '--drop', thread)} sets that one aside; then add it again.`,
    },
  )
}

/** The tasks of what was added. */
function newTasks({ plan, id }: PlanEdit): DerivedTask[] {
  return deriveTasks(plan).filter((task) => isUnder(task.id, id))
}

/** Puts tasks into tasks.json, in their places, and gives their ids. Those that it has already stay as they are. */
export function addTasks(file: TasksFile, tasks: readonly DerivedTask[]): string[] {
  const known = new Set(file.tasks.map((task) => task.id))
  const time = now().toISOString()
  const fresh = tasks
    .filter((task) => !known.has(task.id))
    .map(({ line: _, ...task }): Task => ({ ...task, created_at: time, updated_at: time }))
  file.tasks = [...file.tasks, ...fresh].toSorted((left, right) => compareIds(left.id, right.id))
  return fresh.map((task) => task.id)
}

async function writeNewPrompts({ stream, tasks }: StreamContext, { plan, id }: PlanEdit): Promise<void> {
  const threads = threadsOf(tasks.read()).filter((one) => isUnder(one.id, id) || isUnder(id, one.id))
  writePrompts(stream, plan, threads)
}

/** Whether TASKS.md is what the plan gives, so that it may be overwritten. */
function isUntouched(context: StreamContext, plan: Plan): boolean {
  const text = readTasksMd(context)
  return text !== undefined && text === tasksMdFor(context, plan)
}

/** A TASKS.md that waits for approval gets what was added, unless the user has edited it. */
async function renewList(context: StreamContext, plan: Plan, isOurs: boolean): Promise<string[]> {
  const { stream } = context
  if (!existsSync(stream.tasksMd)) return []
  const path = relative(stream.root, stream.tasksMd)
  if (!isOurs) return [`${path} was changed by hand and stays as it is: add it there too.`]
  await writeWhole(stream.tasksMd, tasksMdFor(context, plan))
  return [`${path} has it too.`]
}

/** The approval is for the new text if it still is for the old one. */
async function keepApproval(
  { entry, index, stream, tasks }: StreamContext,
  before: string,
  after: string,
  hasNewTasks: boolean,
): Promise<boolean> {
  const count = tasks.read().tasks.length
  const isKept = await index.commit((file) => {
    const found = findStream(file, entry.id)
    const { approval } = found
    if (approval === undefined || planApproval(approval, before).state !== 'approved') return false
    approval.plan_hash = planHash(after)
    if (hasNewTasks && approval.tasks?.status === 'approved') approval.tasks.task_count = count
    found.updated_at = now().toISOString()
    return true
  })
  if (isKept) await keepApprovedText(stream, findStream(index.read(), entry.id).approval, after)
  return isKept
}

interface Standing {
  before: ReturnType<typeof planApproval>['state']
  approved: boolean
  hasTasks: boolean
  /** It is a task of a thread that has tasks already, so there is no new thread to approve. */
  isKnown: boolean
}

function nextCommand({ before, approved, hasTasks, isKnown }: Standing): CommandLine {
  if (approved) return hasTasks ? work('run') : work('approve', 'tasks')
  if (before === 'draft' || before === 'revoked' || !hasTasks || isKnown) return work('approve', 'plan')
  return work('approve', 'revision')
}

/** The word on a stage was given before this was in it. */
function openStage(stages: Record<string, { status: string }> | undefined, id: string): Hint[] {
  const stage = id.split('.')[0] ?? ''
  if (stages?.[String(Number(stage))]?.status !== 'approved') return []
  return [
    advice`Stage ${stage} was approved without it: ${work('approve', 'stage', Number(stage), '--revoke')} takes that back.`,
  ]
}
