import { WorkError } from '../errors.ts'
import { isUnder, levels, parentId, type Level } from '../ids.ts'
import type { Task } from '../store/tasks/schema.ts'
import { advice, work } from '../text/hint.ts'

/** A requested stage, batch, thread or task, by its padded id. */
export interface Target {
  level: Level
  id: string
}

/** The tasks that belong to a target: at least one. Throws a `WorkError` (`task-not-found`, …) with the nearest ids. */
export function requireTasks(tasks: readonly Task[], { level, id }: Target): Task[] {
  const found = tasks.filter((task) => isUnder(task.id, id))
  if (found.length > 0) return found
  throw new WorkError(
    `${level[0]?.toUpperCase()}${level.slice(1)} ${id} not found. ${nearby(tasks, { level, id })}`,
    {
      code: `${level}-not-found`,
      hint:
        tasks.length === 0
          ? advice`${work('approve', '--yes')} approves the plan and makes its tasks.`
          : advice`${work('tree')} shows all stages, batches and threads; ${work('list')} shows all tasks.`,
    },
  )
}

/** The tasks that belong to any of the targets; all tasks if there are no targets. Throws like {@link requireTasks}. */
export function tasksWithin(tasks: readonly Task[], targets: readonly Target[]): Task[] {
  for (const target of targets) requireTasks(tasks, target)
  return tasks.filter((task) => targets.every(({ id }) => isUnder(task.id, id)))
}

/** The nearest ids of the level: those that share the longest prefix with the id. */
function nearby(tasks: readonly Task[], { level, id }: Target): string {
  const depth = levels.indexOf(level)
  const ids = [...new Set(tasks.map((task) => parentId(task.id, level)))]
  for (const above of levels.slice(0, depth).toReversed()) {
    const near = ids.filter((other) => isUnder(other, parentId(id, above)))
    if (near.length > 0) return `Nearest: ${enumerate(near)}.`
  }
  return ids.length === 0 ? 'There are no tasks yet.' : `There are: ${enumerate(ids)}.`
}

function enumerate(ids: string[]): string {
  const shown = ids.slice(0, 8).join(', ')
  return ids.length > 8 ? `${shown}, …` : shown
}
