import { compareIds, isUnder, parentId } from '../ids.ts'
import { deriveTasks, type DerivedTask } from '../plan/derive.ts'
import type { Plan } from '../plan/plan.ts'
import type { ListedTask } from '../plan/tasks-md.ts'
import type { Task, TasksFile } from '../store/tasks-schema.ts'
import { threadsOf, type ThreadFacts } from './thread-facts.ts'

type Listed = Omit<ListedTask, 'line'>

/**
 * The tasks that a plan asks for, in its order. A thread on which anything has happened keeps the tasks it has; one that
 * is untouched gets them from the plan anew. Threads that the plan no longer has keep theirs if they were touched, or
 * are kept by a person.
 */
export function listTasks(file: TasksFile, plan: Plan): Listed[] {
  const threads = new Map(threadsOf(file).map((thread) => [thread.id, thread]))
  const derived = deriveTasks(plan).filter((task) => {
    const thread = threads.get(parentId(task.id, 'thread'))
    return thread === undefined || !isTouched(thread)
  })
  const agentOf = (id: string) =>
    threads.get(parentId(id, 'thread'))?.tasks.find((task) => task.assigned_agent !== undefined)
      ?.assigned_agent
  const isKept = (thread: ThreadFacts) => isTouched(thread) || file.plan?.kept?.includes(thread.id) === true
  const kept = [...threads.values()].filter(isKept).flatMap((thread) => thread.tasks)
  return [
    ...kept.map(listed),
    ...derived.map(({ line: _, ...task }) => withAgent(task, agentOf(task.id))),
  ].toSorted((left, right) => compareIds(left.id, right.id))
}

/** The threads of a plan that tasks.json knows nothing of. */
export function newThreadIds(file: TasksFile, plan: Plan): string[] {
  const known = new Set(file.tasks.map((task) => parentId(task.id, 'thread')))
  return [...new Set(deriveTasks(plan).map((task) => parentId(task.id, 'thread')))].filter(
    (id) => !known.has(id),
  )
}

/**
 * Steps that are not ticked, of threads that have fewer tasks than the plan has steps for them: nobody does those. As many
 * tasks may well have other names, for TASKS.md gives them.
 */
export function stepsWithoutTask(file: TasksFile, plan: Plan): DerivedTask[] {
  const steps = deriveTasks(plan)
  return threadsOf(file).flatMap(({ id, tasks }) => {
    const ofThread = steps.filter((step) => isUnder(step.id, id))
    const names = tasks.map((task) => task.name)
    const unnamed = ofThread.filter(({ name }) => {
      const at = names.indexOf(name)
      if (at !== -1) names.splice(at, 1)
      return at === -1
    })
    return ofThread.length > tasks.length ? unnamed.filter((step) => step.status !== 'completed') : []
  })
}

export interface MergeResult {
  /** Tasks that are new in the file. */
  added: number
  /** Tasks that were dropped: not in the list, and nothing had happened on them. */
  dropped: number
  /** Tasks that are not in the list and were kept, because something had happened on them. */
  kept: string[]
}

/**
 * Brings listed tasks into tasks.json. Names follow the list. What happened stays: a status or report in the file is
 * replaced only by one that the list states, and a list states no `pending`.
 */
export function mergeTasks(file: TasksFile, list: readonly Listed[], now: string): MergeResult {
  const known = new Map(file.tasks.map((task) => [task.id, task]))
  const wanted = new Set(list.map((task) => task.id))
  const touched = new Set(
    threadsOf(file)
      .filter(isTouched)
      .map((thread) => thread.id),
  )
  const absent = file.tasks.filter((task) => !wanted.has(task.id))
  const kept = absent.filter((task) => isTaskTouched(task) || touched.has(parentId(task.id, 'thread')))

  const merged = list.map((task) => {
    const found = known.get(task.id)
    return found === undefined ? created(task, now) : changed(found, task, now)
  })
  file.tasks = [...merged, ...kept]
  return {
    added: list.filter((task) => !known.has(task.id)).length,
    dropped: absent.length - kept.length,
    kept: kept.map((task) => task.id),
  }
}

/** The listed tasks whose thread is not in the plan, and not `kept` either. */
export function strayTasks<Entry extends Pick<ListedTask, 'id'>>(
  list: Entry[],
  plan: Plan,
  kept: readonly string[] = [],
): Entry[] {
  const threads = plan.stages.flatMap((stage) =>
    stage.batches.flatMap((batch) => batch.threads.map(({ id }) => id)),
  )
  return list.filter((task) => ![...threads, ...kept].some((id) => isUnder(task.id, id)))
}

/** Whether anything has happened on a thread, so that its tasks are no longer made from the plan. */
export function isTouched(thread: ThreadFacts): boolean {
  return thread.envelope !== undefined || thread.sessions.length > 0 || thread.tasks.some(isTaskTouched)
}

function isTaskTouched(task: Task): boolean {
  return task.status !== 'pending' || task.report !== undefined || task.breadcrumb !== undefined
}

function listed({
  id,
  name,
  status,
  report,
  stage_name,
  batch_name,
  thread_name,
  assigned_agent,
}: Task): Listed {
  const task = {
    id,
    name,
    status,
    stage_name,
    batch_name,
    thread_name,
    ...(report === undefined ? {} : { report }),
  }
  return withAgent(task, assigned_agent)
}

function withAgent(task: Listed, agent: string | undefined): Listed {
  return agent === undefined ? task : { ...task, assigned_agent: agent }
}

function created(task: Listed, now: string): Task {
  return { ...task, created_at: now, updated_at: now }
}

function changed(task: Task, list: Listed, now: string): Task {
  const { status, report, ...names } = list
  const next: Task = { ...task, ...names }
  if (status !== 'pending') next.status = status
  if (report !== undefined) next.report = report
  const isSame = JSON.stringify(next) === JSON.stringify(task)
  return isSame ? task : { ...next, updated_at: now }
}
