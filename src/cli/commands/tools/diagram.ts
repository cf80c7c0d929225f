import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { charts } from '../../../diagram/charts.ts'
import { endings, isDiagram, type ChartFormat, type Format } from '../../../diagram/formats.ts'
import { chartData, renderChart } from '../../../diagram/render.ts'
import type { ThreadHistory } from '../../../diagram/path.ts'
import { requireTasks } from '../../../threads/find-task.ts'
import { observeThreads } from '../../../engine/probe.ts'
import { WorkError } from '../../../errors.ts'
import { writeWhole } from '../../../store/atomic-write.ts'
import { oneLine } from '../../../text/sanitize.ts'
import { now, openStream, type CommonOptions } from '../../context.ts'
import { outputStyle, outputWidth, print, printJson } from '../../output.ts'
import { printPaged } from '../../pager.ts'
import { readId } from '../../ids.ts'
import { work } from '../../../text/hint.ts'

export interface DiagramOptions extends CommonOptions {
  format?: Format
  out?: string
  thread?: string
}

interface Picture {
  /** The name of its file, without the ending. */
  name: string
  render: (format: Format) => Promise<string>
}

/**
 * `work diagram [chart]`: the plan with the current status of its threads. With the name of a chart that statechart, and
 * with `--thread` the state of one thread in it.
 */
export async function diagram(asked: string | undefined, options: DiagramOptions): Promise<void> {
  const isPlan = asked === planName || (asked === undefined && options.thread === undefined)
  const format = formatOf(options, isPlan && options.out === undefined && process.stdout.isTTY)
  if (isPlan) await diagramPlan(format, options)
  else await diagramCharts(asked ?? 'thread', format, options)
}

const planName = 'plan'

async function diagramPlan(format: Format, options: DiagramOptions): Promise<void> {
  if (options.thread !== undefined) throw noThreadIn(planName, readId(options.thread, 'thread', options))
  const { findPlanDiagram } = await import('./diagram-plan.ts')
  const { renderPlan } = await import('../../../diagram/plan/render.ts')
  const { planToText } = await import('../../../diagram/plan/text.ts')
  const plan = await findPlanDiagram(options)
  if (options.out !== undefined) {
    const picture = { name: planName, render: (form: Format) => renderPlan(plan, form) }
    await writeFiles(options.out, [picture], { format, isJson: options.json === true })
  } else if (format === 'text') {
    await printPaged(planToText(plan, { style: outputStyle(), width: outputWidth() }))
  } else {
    process.stdout.write(await renderPlan(plan, format))
  }
}

async function diagramCharts(asked: string, format: Format, options: DiagramOptions): Promise<void> {
  const names = namesOf(asked)
  const chartFormat = requireChartFormat(format)
  const history = options.thread === undefined ? undefined : await historyOf(options.thread, names, options)
  if (options.out !== undefined) {
    const marked = history === undefined ? '' : `-${history.id}`
    const pictures = names.map((name) => ({
      name: `${name}${marked}`,
      render: () => renderChart(chartOf(name), chartFormat, history),
    }))
    await writeFiles(options.out, pictures, { format, isJson: options.json === true })
  } else if (chartFormat === 'json') {
    const data = names.map((name) => chartData(chartOf(name), history))
    printJson(data.length === 1 ? data[0] : data)
  } else {
    process.stdout.write(await renderOne(names, chartFormat, history))
  }
}

/** Text where it is shown on a terminal. */
function formatOf({ format, json }: DiagramOptions, isRead: boolean): Format {
  if (json !== true) return format ?? (isRead ? 'text' : 'mermaid')
  if (format === undefined || format === 'json') return 'json'
  throw new WorkError(`--json and --format ${format} can't be combined.`, {
    code: 'usage',
    hint: work('diagram', '--format', format),
  })
}

function requireChartFormat(format: Format): ChartFormat {
  if (format !== 'text') return format
  throw new WorkError('--format text draws only the plan, not a state machine.', {
    code: 'usage',
    hint: work('diagram', '--format', 'text'),
  })
}

/** One chart, or all of them. */
function namesOf(asked: string): string[] {
  const all = Object.keys(charts)
  if (asked === 'all') return all
  if (all.includes(asked)) return [asked]
  throw new WorkError(`There is no chart "${asked}". There are: ${[planName, ...all].join(', ')}; and all.`, {
    code: 'chart-not-found',
    hint: work('diagram'),
  })
}

async function historyOf(text: string, names: string[], options: DiagramOptions): Promise<ThreadHistory> {
  const id = readId(text, 'thread', options)
  if (names.join() !== 'thread') throw noThreadIn(names.join(', '), id)
  const { stream, tasks } = openStream(options)
  const threads = await observeThreads(tasks, stream, now)
  const thread = threads.find((one) => one.id === id)
  if (thread === undefined) {
    requireTasks(
      threads.flatMap((one) => one.tasks),
      { level: 'thread', id },
    )
    throw new Error(`Thread ${id} has tasks and is no thread.`)
  }
  const { status, sessions, envelope, delivery } = thread
  return {
    id,
    name: oneLine(thread.name),
    status,
    sessions,
    value: valueIn(envelope?.snapshot),
    deliveryReason: delivery?.stopped?.reason,
  }
}

function noThreadIn(what: string, id: string): WorkError {
  return new WorkError(`--thread marks a thread in the chart of threads, not in "${what}".`, {
    code: 'usage',
    hint: work('diagram', 'thread', '--thread', id),
  })
}

function valueIn(snapshot: unknown): unknown {
  return typeof snapshot === 'object' && snapshot !== null && 'value' in snapshot ? snapshot.value : undefined
}

async function renderOne(
  names: string[],
  format: ChartFormat,
  history: ThreadHistory | undefined,
): Promise<string> {
  const [name, ...more] = names
  if (name !== undefined && more.length === 0) return await renderChart(chartOf(name), format, history)
  throw new WorkError('Several diagrams at once need --out or --json.', {
    code: 'usage',
    hint: work('diagram', 'all', '--format', format, '--out', 'diagrams'),
  })
}

interface Writing {
  format: Format
  isJson: boolean
}

/** A file for each picture. Nothing is written when one of them is to take the place of something else. */
async function writeFiles(folder: string, pictures: Picture[], { format, isJson }: Writing): Promise<void> {
  const files = pictures.map(({ name, render }) => ({
    path: join(folder, `${name}.${endings[format]}`),
    render,
  }))
  for (const { path } of files) requireDiagram(path, format)
  for (const { path, render } of files) await writeWhole(resolve(path), await render(format))
  const paths = files.map(({ path }) => path)
  if (isJson) printJson({ files: paths })
  else print(paths)
}

/** Throws a `WorkError` (`file-exists`) for a file that `work diagram` did not write. */
function requireDiagram(path: string, format: Format): void {
  if (!existsSync(path) || isDiagram(readFileSync(path, 'utf8'), format)) return
  throw new WorkError(`${path} is there, and it is no diagram of this command. It was left as it is.`, {
    code: 'file-exists',
    hint: 'Name another folder with --out, or remove the file.',
  })
}

function chartOf(name: string) {
  const describe = charts[name]
  if (describe === undefined) throw new Error(`There is no chart "${name}".`)
  return describe()
}
