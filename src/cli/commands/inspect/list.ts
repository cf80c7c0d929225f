import type { TaskStatus } from '../../../../machines/statuses.ts'
import { tasksWithin } from '../../../threads/find-task.ts'
import { threadsOf } from '../../../threads/thread.ts'
import { viewTree } from '../../../threads/status.ts'
import { renderList } from '../../../ui/tree.ts'
import { openStream, type CommonOptions } from '../../context.ts'
import { withPart } from '../../ids.ts'
import { outputStyle, printJson } from '../../output.ts'
import { sayNoTasks } from '../plan/no-tasks.ts'
import { printPaged } from '../../pager.ts'
import { targetsOf } from '../../filters.ts'

export interface ListOptions extends CommonOptions {
  /** What is listed anyway. */
  tasks?: boolean
  status?: TaskStatus
  stage?: string
  batch?: string
  thread?: string
}

/** `work list`: the tasks, as tasks.json has them. */
export async function list(word: string | undefined, asked: ListOptions): Promise<void> {
  const options = withPart(word, asked, ['stage', 'batch', 'thread'])
  const targets = targetsOf(options)
  const { entry, tasks } = openStream(options)
  const file = tasks.read()
  const found = tasksWithin(file.tasks, targets).filter(
    (task) => options.status === undefined || task.status === options.status,
  )
  const threads = threadsOf({ ...file, tasks: found })
  if (options.json === true) printJson(threads.flatMap((thread) => thread.tasks))
  else await printPaged(renderList(entry.id, viewTree(threads), outputStyle()))
  if (file.tasks.length === 0) sayNoTasks()
}
