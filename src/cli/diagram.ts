import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { charts } from '../diagram/charts.ts'
import { endings, isDiagram, type Format } from '../diagram/formats.ts'
import { chartData, renderChart } from '../diagram/render.ts'
import type { ThreadHistory } from '../diagram/trail.ts'
import { requireTasks } from '../engine/find-task.ts'
import { observeThreads } from '../engine/observe.ts'
import { WorkError } from '../errors.ts'
import { writeWhole } from '../store/atomic.ts'
import { oneLine } from '../ui/text.ts'
import { now, openStream, type CommonOptions } from './context.ts'
import { print, printJson } from './output.ts'
import { readId } from './ids.ts'

export interface DiagramOptions extends CommonOptions {
  format?: Format
  out?: string
  thread?: string
}

/** `work diagram [chart]`: the statecharts as pictures, from the machines that run; with `--thread` the state of one is marked. */
export async function diagram(asked: string | undefined, options: DiagramOptions): Promise<void> {
  const format = formatOf(options)
  const names = namesOf(asked ?? 'thread')
  const history = options.thread === undefined ? undefined : await historyOf(options.thread, names, options)
  if (options.out !== undefined) {
    await writeFiles(options.out, names, { format, history, isJson: options.json === true })
  } else if (format === 'json') {
    const data = names.map((name) => chartData(chartOf(name), history))
    printJson(data.length === 1 ? data[0] : data)
  } else {
    process.stdout.write(await renderOne(names, format, history))
  }
}

function formatOf({ format, json }: DiagramOptions): Format {
  if (json !== true) return format ?? 'mermaid'
  if (format === undefined || format === 'json') return 'json'
  throw new WorkError(`--json and --format ${format} can't be combined.`, {
    code: 'usage',
    hint: `work diagram --format ${format}`,
  })
}

/** One chart, or all of them. */
function namesOf(asked: string): string[] {
  const all = Object.keys(charts)
  if (asked === 'all') return all
  if (all.includes(asked)) return [asked]
  throw new WorkError(`There is no chart "${asked}". There are: ${all.join(', ')}; and all.`, {
    code: 'chart-not-found',
    hint: `work diagram ${all[0] ?? 'all'}`,
  })
}

async function historyOf(text: string, names: string[], options: DiagramOptions): Promise<ThreadHistory> {
  const id = readId(text, 'thread', options)
  if (names.join() !== 'thread') {
    throw new WorkError(`--thread marks a thread in the chart of threads, not in "${names.join(', ')}".`, {
      code: 'usage',
      hint: `work diagram thread --thread ${id}`,
    })
  }
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
  const { status, sessions, envelope } = thread
  return { id, name: oneLine(thread.name), status, sessions, value: valueIn(envelope?.snapshot) }
}

function valueIn(snapshot: unknown): unknown {
  return typeof snapshot === 'object' && snapshot !== null && 'value' in snapshot ? snapshot.value : undefined
}

async function renderOne(
  names: string[],
  format: Format,
  history: ThreadHistory | undefined,
): Promise<string> {
  const [name, ...more] = names
  if (name !== undefined && more.length === 0) return await renderChart(chartOf(name), format, history)
  throw new WorkError('Several diagrams at once need --out or --json.', {
    code: 'usage',
    hint: `work diagram all --format ${format} --out diagrams`,
  })
}

interface Writing {
  format: Format
  history: ThreadHistory | undefined
  isJson: boolean
}

/** A file for each chart. Nothing is written when one of them is to take the place of something else. */
async function writeFiles(
  folder: string,
  names: string[],
  { format, history, isJson }: Writing,
): Promise<void> {
  const marked = history === undefined ? '' : `-${history.id}`
  const paths = names.map((name) => join(folder, `${name}${marked}.${endings[format]}`))
  for (const path of paths) requireDiagram(path, format)
  for (const [index, path] of paths.entries()) {
    await writeWhole(resolve(path), await renderChart(chartOf(names[index] ?? ''), format, history))
  }
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
