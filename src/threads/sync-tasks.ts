import { compareIds, isUnder, parentId } from '../ids.ts'
import { deriveTasks, type DerivedTask } from '../plan/derive.ts'
import type { Plan } from '../plan/plan.ts'
import type { ListedTask } from '../plan/tasks-md/listed-task.ts'
import type { Task, TasksFile } from '../store/tasks/schema.ts'
import { threadsOf, type ThreadFacts } from './thread.ts'

type Listed = Omit<ListedTask, 'line'>

/**
 * The tasks that a plan asks for, in its order. A thread with a history keeps its tasks; an untouched one gets them
 * from the plan again. Threads that are no longer in the plan keep their tasks if they have a history, or if the user
 * keeps them.
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

/** The threads of a plan that are not in tasks.json. */
export function newThreadIds(file: TasksFile, plan: Plan): string[] {
  const known = new Set(file.tasks.map((task) => parentId(task.id, 'thread')))
  return [...new Set(deriveTasks(plan).map((task) => parentId(task.id, 'thread')))].filter(
    (id) => !known.has(id),
  )
}

/**
 * Unticked steps of threads that have fewer tasks than steps: they won't be run. An equal number of tasks may have
 * other names, which come from TASKS.md.
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

export interface MergedTasks {
  /** Number of new tasks. */
  added: number
  /** Number of removed tasks: not in the list, and without a history. */
  dropped: number
  /** Tasks that are not in the list and were kept because they have a history. */
  kept: string[]
}

/**
 * Merges listed tasks into tasks.json. Names follow the list. History stays: a status or report in the file is
 * replaced only by one that the list states, and `pending` does not count as stated.
 */
export function mergeTasks(file: TasksFile, list: readonly Listed[], now: string): MergedTasks {
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

/** The listed tasks whose thread is neither in the plan nor `kept`. */
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

/** Whether a thread has a history, so that its tasks are no longer made from the plan. */
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
