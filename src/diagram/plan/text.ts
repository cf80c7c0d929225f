import { statusGlyph, statusPaint, type ShownStatus, type Style } from '../../ui/style.ts'
import { fit, textWidth } from '../../ui/width.ts'
import { frameTitle, planTitle, shownText, threadState } from './labels.ts'
import type { PlanDiagram, PlanDiagramBatch, PlanDiagramStage, PlanDiagramThread } from './plan.ts'

export interface PlanTextOptions {
  style: Style
  /** Columns; nothing is cut unless they are known. */
  width?: number | undefined
}

/** Lines of a plan as a tree, with the marks of the board. */
export function planToText(plan: PlanDiagram, { style, width = Infinity }: PlanTextOptions): string[] {
  const look = { style, width }
  const { dot, ellipsis } = style.glyphs
  const title = fit(planTitle(plan, dot), width, ellipsis)
  return [style.colors.bold(title), ...plan.stages.flatMap((stage) => ['', ...stageLines(stage, look)])]
}

interface Look {
  style: Style
  width: number
}

function stageLines(stage: PlanDiagramStage, look: Look): string[] {
  return [
    headLine('', stage.status, frameTitle('Stage', stage), look),
    ...branches(stage.batches, look.style).flatMap(({ item, stem, inner }) =>
      batchLines(item, { stem, inner }, look),
    ),
  ]
}

function batchLines(
  batch: PlanDiagramBatch,
  { stem, inner }: Pick<Branch<unknown>, 'stem' | 'inner'>,
  look: Look,
): string[] {
  const { threads, status } = batch
  const together = threads.length > 1 ? ` (${threads.length} at the same time)` : ''
  return [
    headLine(stem, status, frameTitle('Batch', batch), look, together),
    ...branches(threads, look.style).map(({ item, stem: own }) => threadLine(item, inner + own, look)),
  ]
}

function headLine(
  stem: string,
  status: ShownStatus,
  title: string,
  { style, width }: Look,
  tail = '',
): string {
  const room = width - textWidth(`${stem}${statusGlyph(style, status)} `)
  const shownTail = textWidth(tail) + leastName <= room ? tail : ''
  const name = fit(title, room - textWidth(shownTail), style.glyphs.ellipsis)
  return `${style.colors.dim(stem)}${mark(status, style)} ${name}${style.colors.dim(shownTail)}`
}

/** The state stays; a long name gives way. */
function threadLine(thread: PlanDiagramThread, stem: string, { style, width }: Look): string {
  const { status } = thread
  const { dot, ellipsis } = style.glyphs
  const state = threadState(thread, dot)
  const before = textWidth(`${stem}${statusGlyph(style, status)} `)
  const tail = ` ${dot} ${state}`
  const room = Math.max(leastName, width - before - textWidth(`${thread.id} ${tail}`))
  const name = fit(shownText(thread.name), room, ellipsis)
  const head = fit(`${thread.id} ${name}`, width - before, ellipsis)
  const shownState = fit(state, width - before - textWidth(`${head} ${dot} `), ellipsis)
  const end = shownState === '' ? '' : ` ${style.colors.dim(dot)} ${statusPaint(style, status)(shownState)}`
  return `${style.colors.dim(stem)}${mark(status, style)} ${head}${end}`
}

/** A name of fewer columns says nothing. */
const leastName = 8

interface Branch<Item> {
  item: Item
  /** Before its own line, and before the lines of what is in it. */
  stem: string
  inner: string
}

function branches<Item>(items: readonly Item[], { glyphs }: Style): Branch<Item>[] {
  return items.map((item, index) => {
    const isLast = index === items.length - 1
    return {
      item,
      stem: isLast ? glyphs.lastBranch : glyphs.branch,
      inner: isLast ? ' '.repeat(glyphs.line.length) : glyphs.line,
    }
  })
}

function mark(status: ShownStatus, style: Style): string {
  return statusPaint(style, status)(statusGlyph(style, status))
}
