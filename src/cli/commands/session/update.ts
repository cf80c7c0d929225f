import { counted } from '../../../text/plural.ts'
import type { TaskStatus } from '../../../../machines/statuses.ts'
import { requireTasks, type Target } from '../../../threads/find-task.ts'
import { WorkError } from '../../../errors.ts'
import type { Task } from '../../../store/tasks/schema.ts'
import { now, openStream, type CommonOptions } from '../../context.ts'
import { targetIn, withPart } from '../../ids.ts'
import { whenThere } from '../../when-there.ts'
import { print, printJson } from '../../output.ts'
import { requireOwnThread } from './own-thread.ts'
import { advice, work } from '../../../text/hint.ts'

export interface UpdateOptions extends CommonOptions {
  task?: string
  thread?: string
  status?: TaskStatus
  report?: string
  breadcrumb?: string
  agent?: string
  force?: boolean
}

/** `work update`: what agents report. All it changes is durable, or nothing is. */
export async function update(word: string | undefined, options: UpdateOptions): Promise<void> {
  const target = targetOf(word, options)
  const change = changeOf(options)
  const { entry, changed } = await whenThere(async () => {
    const context = openStream(options)
    const updated = await context.tasks.commit((file) => {
      const found = requireTasks(file.tasks, target)
      requireOwnThread(context.entry.id, file, target.id, options.force === true)
      for (const task of found) Object.assign(task, change, { updated_at: now().toISOString() })
      return found
    })
    return { entry: context.entry, changed: updated }
  })
  if (options.json === true) printJson({ stream: entry.id, tasks: changed })
  else print([describe(target, changed, options)])
}

function targetOf(word: string | undefined, options: UpdateOptions): Target {
  const { task, thread } = withPart(word, options, ['thread', 'task'])
  const text = task ?? thread
  if (text !== undefined) {
    return targetIn(text, task === undefined ? 'thread' : 'task', options)
  }
  throw new WorkError('Specify a task (--task) or a thread (--thread).', {
    code: 'usage',
    hint: advice`${work('update', '--task', '01.01.01.01', '--status', 'completed')}, or --thread 01.01.01 for each of its tasks`,
  })
}

function changeOf({ status, report, breadcrumb, agent }: UpdateOptions): Partial<Task> {
  const change: Partial<Task> = {
    ...(status === undefined ? {} : { status }),
    ...(report === undefined ? {} : { report }),
    ...(breadcrumb === undefined ? {} : { breadcrumb }),
    ...(agent === undefined ? {} : { assigned_agent: agent }),
  }
  if (Object.keys(change).length > 0) return change
  throw new WorkError('Nothing to change.', {
    code: 'usage',
    hint: 'Specify --status, --report, --breadcrumb or --agent.',
  })
}

function describe({ level, id }: Target, changed: Task[], { status }: UpdateOptions): string {
  const what = level === 'task' ? `task ${id}` : `${counted(changed.length, 'task')} in thread ${id}`
  return `Updated ${what}${status === undefined ? '' : ` to ${status}`}`
}
