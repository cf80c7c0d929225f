import { parentId } from '../../ids.ts'
import type { Problem } from '../problem.ts'
import type { ListedTask } from './listed-task.ts'
import { TasksMdReader } from './reader.ts'
import { boxes } from '../box.ts'
import { agentMark } from './line.ts'

/**
 * Writes TASKS.md for editing by hand; `parseTasksMd` reads it back without loss. Tasks keep their order. A line break
 * in a name becomes a space, because only reports can have several lines.
 */
export function renderTasksMd(streamName: string, tasks: readonly Omit<ListedTask, 'line'>[]): string {
  const lines = [`# Tasks: ${clean(streamName)}`]
  let above: string[] = []
  for (const task of tasks) {
    const headings = headingsOf(task)
    const changed = headings.findIndex((heading, depth) => heading !== above[depth])
    if (changed !== -1) lines.push(...headings.slice(changed).flatMap((heading) => ['', heading]))
    above = headings
    lines.push(`- [${boxes[task.status]}] Task ${task.id}: ${clean(task.name)}`, ...reportLines(task.report))
  }
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

/** Parses TASKS.md. Tasks come only from correct lines; the file must not be used while there are errors. */
export function parseTasksMd(text: string): { tasks: ListedTask[]; problems: Problem[] } {
  const { tasks, problems } = new TasksMdReader(text)
  return { tasks, problems }
}

function headingsOf(task: Omit<ListedTask, 'line'>): string[] {
  const stage = parentId(task.id, 'stage')
  const [, batch = '', thread = ''] = task.id.split('.')
  return [
    `## Stage ${stage}: ${clean(task.stage_name)}`,
    `### Batch ${batch}: ${clean(task.batch_name)}`,
    `#### Thread ${thread}: ${clean(task.thread_name)}${agentSuffix(task)}`,
  ]
}

/** A name that itself looks like it names an agent gets an empty mark after it, so that it is read back as a name. */
function agentSuffix({ thread_name, assigned_agent }: Omit<ListedTask, 'line'>): string {
  const agent = clean(assigned_agent ?? '')
  return agent !== '' || ` ${clean(thread_name)}`.includes(agentMark) ? agentMark + agent : ''
}

function reportLines(report = ''): string[] {
  if (report.trim() === '') return []
  return report.split(/\r\n?|\n/).map((line, index) => (index === 0 ? `  > Report: ${line}` : `  > ${line}`))
}

function clean(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim())
  return lines.filter((line) => line !== '').join(' ')
}
