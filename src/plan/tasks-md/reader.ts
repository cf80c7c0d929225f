import { formatId, normalizeId, parentId } from '../../ids.ts'
import { boxHint } from '../box.ts'
import type { Problem } from '../problem.ts'
import { normalizeText } from '../parse/source.ts'
import { type Line, readLine } from './line.ts'
import type { ListedTask } from './listed-task.ts'
import { advice, hintText, work } from '../../text/hint.ts'

type Kind<K extends Line['kind']> = Extract<Line, { kind: K }>
interface Named {
  number: number
  name: string
}

/** Reads TASKS.md line by line. Collects its tasks, and a problem for every line that it can't use. */
export class TasksMdReader {
  readonly tasks: ListedTask[] = []
  readonly problems: Problem[] = []
  readonly #lineOfId = new Map<string, number>()
  #stage: Named | undefined
  #batch: Named | undefined
  #thread: (Named & { agent: string }) | undefined
  /** The task that quotes and indented lines belong to. Those of a task with an error are skipped silently. */
  #task: ListedTask | 'faulty' | undefined
  /** Below a heading that can't be read, tasks would only repeat the same error. */
  #isLost = false
  /** Whether an indented line would continue the name of the task. */
  #isInName = false

  constructor(text: string) {
    const lines = normalizeText(text).split('\n')
    for (const [index, line] of lines.entries()) this.#read(readLine(line), index + 1)
    for (const task of this.tasks) if (task.report?.trim() === '') delete task.report
    if (this.tasks.length > 0 || this.problems.some(({ severity }) => severity === 'error')) return
    this.#error(
      'no-tasks',
      1,
      'There are no tasks here.',
      hintText(advice`${work('tasks', 'generate')} creates them from the plan.`),
    )
  }

  #read(line: Line, number: number): void {
    switch (line.kind) {
      case 'stage':
        this.#stage = line
        this.#batch = undefined
        this.#thread = undefined
        break
      case 'batch':
        this.#batch = line
        this.#thread = undefined
        break
      case 'thread':
        this.#thread = line
        break
      case 'task':
        this.#task = this.#readTask(line, number) ?? 'faulty'
        break
      case 'quote':
        this.#addReport(line.text, number)
        break
      case 'indented':
        this.#continueName(line.text, number)
        break
      case 'other':
        this.#refuse(line, number)
        break
      case 'title':
      case 'blank':
        break
    }
    if (line.kind === 'stage' || line.kind === 'batch' || line.kind === 'thread') {
      this.#task = undefined
      this.#isLost = false
    }
    this.#isInName = line.kind === 'task' || (this.#isInName && line.kind === 'indented')
  }

  #readTask(task: Kind<'task'>, line: number): ListedTask | undefined {
    const id = this.#readId(task, line)
    if (id === undefined) return undefined
    if (task.status === undefined) {
      const message = `Task ${id} has an unknown box [${task.box}].`
      return this.#error('unknown-box', line, message, boxHint)
    }
    if (task.name === '') {
      const hint = 'Write what to do after the colon, or remove the line.'
      return this.#error('empty-task', line, `Task ${id} does not say what to do.`, hint)
    }
    const taken = this.#lineOfId.get(id)
    if (taken !== undefined) {
      const message = `Task ${id} is already on line ${taken}.`
      return this.#error('duplicate-id', line, message, 'Give each task its own number.')
    }
    this.#lineOfId.set(id, line)
    const listed: ListedTask = {
      id,
      name: task.name,
      status: task.status,
      stage_name: this.#stage?.name ?? '',
      batch_name: this.#batch?.name ?? '',
      thread_name: this.#thread?.name ?? '',
      line,
    }
    if (this.#thread !== undefined && this.#thread.agent !== '') listed.assigned_agent = this.#thread.agent
    this.tasks.push(listed)
    return listed
  }

  /** The padded id. If it does not belong to the current thread, reports an error and returns undefined. */
  #readId(task: Kind<'task'>, line: number): string | undefined {
    const thread = this.#threadId()
    const example = `${thread ?? '01.01.01'}.01`
    if (task.id === undefined) {
      const hint = `Write "- [ ] Task ${example}: …".`
      return this.#error('missing-id', line, `This task has no id: "${task.name}".`, hint)
    }
    const id = normalizeId(task.id, 'task')
    if (id === undefined) {
      return this.#error('bad-id', line, `"${task.id}" is not a task id.`, `Expected the form ${example}.`)
    }
    if (this.#isLost) return undefined
    if (thread === undefined) {
      const hint = 'Put it below a stage, a batch and a thread: "#### Thread 01: …".'
      return this.#error('task-outside-thread', line, `Task ${id} is not in a thread.`, hint)
    }
    if (parentId(id, 'thread') !== thread) {
      const hint = `Change its id to begin with ${thread}, or move it below another heading.`
      return this.#error('id-mismatch', line, `Task ${id} is below thread ${thread}.`, hint)
    }
    return id
  }

  #threadId(): string | undefined {
    const above = [this.#stage, this.#batch, this.#thread]
    const numbers = above.flatMap((each) => (each === undefined ? [] : [each.number]))
    return numbers.length === above.length ? formatId(...numbers) : undefined
  }

  #addReport(text: string, line: number): void {
    const task = this.#task
    if (task === 'faulty') return
    const report = /^\s*report:( ?)(.*)$/is.exec(text)?.[2]
    if (task?.report !== undefined) task.report += `\n${text}`
    else if (task !== undefined && report !== undefined) task.report = report
    else
      this.#warn('unused-text', line, 'This quote is not a task report.', 'Write "> Report: …" below a task.')
  }

  #continueName(text: string, line: number): void {
    if (this.#task === 'faulty') return
    if (this.#task !== undefined && this.#isInName) this.#task.name += ` ${text}`
    else this.#refuse({ kind: 'other', text, isFlawed: false }, line)
  }

  #refuse({ text, isFlawed }: Kind<'other'>, line: number): void {
    if (isFlawed) {
      this.#task = 'faulty'
      this.#isLost ||= text.startsWith('#')
      const hint =
        'Expected "## Stage 01: …", "### Batch 01: …", "#### Thread 01: …" or "- [ ] Task 01.01.01.01: …".'
      this.#error('bad-line', line, `This is neither a heading nor a task: "${text}".`, hint)
    } else {
      const hint = 'Only headings, tasks and reports are kept.'
      this.#warn('unused-text', line, `This line is ignored: "${text}".`, hint)
    }
  }

  #error(code: string, line: number, message: string, hint: string): undefined {
    this.problems.push({ severity: 'error', code, line, message, hint })
  }

  #warn(code: string, line: number, message: string, hint: string): void {
    this.problems.push({ severity: 'warning', code, line, message, hint })
  }
}
