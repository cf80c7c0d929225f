import type { Chart } from './chart.ts'
import { toDot } from './format/dot.ts'
import { drawingOf } from './layout.ts'
import type { ChartFormat } from './formats.ts'
import { toMermaid } from './format/mermaid.ts'
import { marksOf, trailOf, type ThreadHistory } from './path.ts'

/** A chart in one of the formats, as text; with a thread's history, the state of that thread in it. */
export async function renderChart(
  chart: Chart,
  format: ChartFormat,
  history?: ThreadHistory,
): Promise<string> {
  if (format === 'json') return `${JSON.stringify(chartData(chart, history), null, 2)}\n`
  const marks = history === undefined ? undefined : marksOf(chart, history, trailOf(chart, history))
  const drawing = drawingOf(chart, marks)
  if (format === 'mermaid') return toMermaid(drawing)
  const dot = toDot(drawing)
  if (format === 'dot') return dot
  const { toSvg } = await import('./format/svg.ts')
  return await toSvg(dot, history === undefined ? `The chart of ${chart.name}` : `Thread ${history.id}`)
}

/** A chart as `--format json` prints it. */
export function chartData({ name, ...chart }: Chart, history?: ThreadHistory): Record<string, unknown> {
  if (history === undefined) return { chart: name, ...chart }
  const { id, name: threadName } = history
  return {
    chart: name,
    thread: { id, name: threadName, ...trailOf({ name, ...chart }, history) },
    ...chart,
  }
}
