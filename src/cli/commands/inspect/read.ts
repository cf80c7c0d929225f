import { requireTasks } from '../../../threads/find-task.ts'
import { assignedAgent, threadsOf } from '../../../threads/thread.ts'
import { WorkError } from '../../../errors.ts'
import { parentId } from '../../../ids.ts'
import type { Task, TasksFile } from '../../../store/tasks/schema.ts'
import { statusIcon, statusPaint, statusWord, type Style } from '../../../ui/style.ts'
import { type Cell, renderTable } from '../../../ui/table.ts'
import { oneLine, plainText } from '../../../text/sanitize.ts'
import { openStream, type CommonOptions } from '../../context.ts'
import { targetIn, withPart } from '../../ids.ts'
import { outputStyle, printJson } from '../../output.ts'
import { printPaged } from '../../pager.ts'
import { advice, work } from '../../../text/hint.ts'

export interface ReadOptions extends CommonOptions {
  task?: string
  thread?: string
}

/** `work read`: one task with all that was said about it. */
export async function read(argument: string | undefined, options: ReadOptions): Promise<void> {
  const named = withPart(argument, options, ['thread', 'task'])
  const asked = named.task ?? named.thread
  if (asked === undefined) {
    throw new WorkError('Specify a task.', {
      code: 'usage',
      hint: advice`${work('read', '01.01.01.01')}; ${work('list')} shows every task.`,
    })
  }
  const target = targetIn(asked, named.task === undefined ? 'thread' : 'task', options)
  const file = openStream(options).tasks.read()
  const tasks = requireTasks(file.tasks, target)
  if (options.json === true) return printJson(target.level === 'task' ? tasks[0] : tasks)
  const style = outputStyle()
  await printPaged(
    tasks.flatMap((task, index) => [...(index === 0 ? [] : ['']), ...describeTask(file, task, style)]),
  )
}

function describeTask(file: TasksFile, task: Task, style: Style): string[] {
  const threadId = parentId(task.id, 'thread')
  const thread = threadsOf(file).find((one) => one.id === threadId)
  const fields: [string, Cell][] = [
    [
      'Status',
      {
        text: `${statusIcon(task.status)} ${statusWord(task.status)}`,
        paint: statusPaint(style, task.status),
      },
    ],
    ['Stage', `${parentId(task.id, 'stage')} ${task.stage_name}`],
    ['Batch', `${parentId(task.id, 'batch')} ${task.batch_name}`],
    ['Thread', `${threadId} ${task.thread_name}`],
    ['Agent', task.assigned_agent ?? (thread === undefined ? '' : assignedAgent(thread))],
    ['Sessions', String(thread?.sessions.length ?? 0)],
    ['Created', task.created_at],
    ['Updated', task.updated_at],
  ]
  return [
    style.colors.bold(`${task.id} ${oneLine(task.name)}`),
    ...renderTable({ columns: [{ cell: ([name]) => name }, { cell: ([, value]) => value }], rows: fields }),
    ...section('Breadcrumb', task.breadcrumb),
    ...section('Report', task.report),
  ]
}

/** Text from an agent may be long: it is shown below its title, line by line. */
function section(title: string, text: string | undefined): string[] {
  if (text === undefined || text === '') return []
  const lines = plainText(text).trimEnd().split('\n')
  return ['', title, ...lines.map((line) => `  ${line}`.trimEnd())]
}
