import { isClosed } from '../../machines/statuses.ts'
import { oneLine } from '../text/sanitize.ts'
import { isUnder, normalizeId } from '../ids.ts'
import type { Task } from '../store/tasks/schema.ts'
import { unfinishedTasks, type ThreadFacts } from '../threads/thread.ts'

/** The remaining tasks of a thread, one line each. */
export function taskLines(thread: ThreadFacts): string[] {
  return unfinishedTasks(thread).map(lineOf)
}

/**
 * Updates a prompt to the remaining tasks. Tasks that are done or not in the thread are removed: by their id, or as a
 * step in the wording of the plan. Missing tasks are added after the others.
 */
export function listTasksLeft(text: string, thread: ThreadFacts): string {
  const lines = text.split('\n')
  const eol = lines[0]?.endsWith('\r') === true ? '\r' : ''
  const kept: string[] = []
  const listed = new Set<Task>()
  const tasks = indexTasks(thread)
  let fence: string | undefined
  /** Where missing tasks are added: after the text of the last listed task. */
  let place: number | undefined
  let placeAfter = -1
  for (let index = 0; index < lines.length;) {
    const line = lines[index] ?? ''
    fence = fenceAfter(fence, line)
    const item = fence === undefined ? readItem(lines, index) : undefined
    const found = item === undefined ? 'none' : findTask(item, tasks, listed)
    if (item?.id !== undefined && found !== 'none') placeAfter = Math.max(placeAfter, item.end)
    if (item !== undefined && found === 'gone') {
      const isApart = kept.at(-1)?.trim() === '' && lines[item.end]?.trim() === ''
      index = isApart ? item.end + 1 : item.end
    } else {
      const isTask = item !== undefined && typeof found !== 'string'
      if (isTask) listed.add(found)
      kept.push(isTask && !saysAsMuch(item, found) ? item.indent + lineOf(found) + eol : line)
      index += 1
    }
    if (placeAfter !== -1 && index <= placeAfter) place = kept.length
  }
  const missing = unfinishedTasks(thread).filter((task) => !listed.has(task))
  if (place === undefined)
    return [kept.join('\n').trimEnd(), '', 'Your tasks are:', ...missing.map(lineOf), ''].join('\n')
  return kept.toSpliced(place, 0, ...missing.map((task) => lineOf(task) + eol)).join('\n')
}

/** A list item that may be a task: it has a box, a number or the id of one. */
interface Item {
  indent: string
  /** The line after its last line. */
  end: number
  id: string | undefined
  /** Its own text on one line, without box and id. */
  text: string
  /** Whether it has an unticked box. */
  isOpen: boolean
}

function readItem(lines: readonly string[], index: number): Item | undefined {
  const form = /^([ \t]*)(?:[-*+]|(\d+[.)]))[ \t]+(\[[ xX~!-]?\][ \t]+)?(.*)$/.exec(
    lines[index]?.trimEnd() ?? '',
  )
  if (form === null) return undefined
  const [, indent = '', number, box, first = ''] = form
  const [, name = '', rest = ''] = /^[*_`]*([\d.]+\d)[*_`]*:?(?:\s+(.*))?$/.exec(first) ?? []
  const id = normalizeId(name, 'task')
  if (id === undefined && number === undefined && box === undefined) return undefined
  const isFurther = (line = '') => line.trim() === '' || indentOf(line) > indent.length
  let next = index + 1
  while (next < lines.length && isFurther(lines[next])) next += 1
  const own = lines.slice(index + 1, next)
  const length = own.findLastIndex((line) => line.trim() !== '') + 1
  const stop = own.findIndex((line) => line.trim() === '' || /^\s*([-*+]|\d+[.)])\s/.test(line))
  const words = stop === -1 ? own : own.slice(0, stop)
  const text = oneLine([id === undefined ? first : rest, ...words].join(' '))
  const isOpen = box !== undefined && /\[ ?\]/.test(box)
  return { indent, end: index + 1 + length, id, text, isOpen }
}

/** The tasks of a thread, indexed to be looked up for each line of a prompt. */
interface TaskIndex {
  threadId: string
  /** Names of tasks, as in a prompt, that are all closed. */
  closedNames: Set<string>
  open: Map<string, Task>
}

function indexTasks(thread: ThreadFacts): TaskIndex {
  const open = unfinishedTasks(thread)
  const closedNames = new Set(
    thread.tasks.filter((task) => isClosed(task.status)).map((task) => oneLine(task.name)),
  )
  for (const task of thread.tasks) if (!isClosed(task.status)) closedNames.delete(oneLine(task.name))
  return { threadId: thread.id, closedNames, open: new Map(open.map((task) => [task.id, task])) }
}

/** The task for an item; `gone` if it is done or already listed. */
function findTask({ id, text }: Item, tasks: TaskIndex, listed: Set<Task>): Task | 'gone' | 'none' {
  if (id === undefined) return tasks.closedNames.has(text) ? 'gone' : 'none'
  if (!isUnder(id, tasks.threadId)) return 'none'
  const task = tasks.open.get(id)
  return task === undefined || listed.has(task) ? 'gone' : task
}

/** Whether the user's own wording for a task can stay. */
function saysAsMuch({ isOpen, text }: Item, task: Task): boolean {
  return isOpen && text.startsWith(oneLine(task.name))
}

/** The marker that opened the code block still open after this line; undefined outside of one. */
function fenceAfter(fence: string | undefined, line: string): string | undefined {
  const mark = /^[ \t]*(`{3,}|~{3,})(.*)$/.exec(line.trimEnd())
  if (mark === null) return fence
  const [, marks = '', info = ''] = mark
  if (fence === undefined) return marks
  return marks.startsWith(fence) && info === '' ? undefined : fence
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

function lineOf(task: Task): string {
  return `- [ ] ${task.id} ${oneLine(task.name)}`
}
