import { createStyle, statusColor, statusGlyph, type ShownStatus } from '../../ui/style.ts'
import { fit, textWidth } from '../../ui/width.ts'
import {
  attributes,
  colors,
  dotDefaults,
  escaped,
  html,
  indented,
  quoted,
  table,
} from '../format/dot-syntax.ts'
import { planColors } from './colors.ts'
import { frameTitle, planTitle, shownText, threadState } from './labels.ts'
import type { PlanDiagram, PlanDiagramBatch, PlanDiagramStage, PlanDiagramThread } from './plan.ts'
import { wrapColumns } from '../wrap-columns.ts'

/** Threads of a batch in a row; more would make a picture that nobody can read. */
const threadsPerRow = 6

/** Columns of a line of a name, and of a whole name. */
const columns = { thread: 26, whole: 130, frame: 60 }

const marks = createStyle({ color: false, unicode: true })

/** What an arrow leads to or from: a frame, by the nodes that are first and last in it. */
interface Ends {
  frame: string
  first: string
  last: string
}

interface Part extends Ends {
  lines: string[]
}

/** A plan in the language of Graphviz: stages are frames with batches in them, and arrows lead from frame to frame. */
export function planToDot(plan: PlanDiagram): string {
  const stages = plan.stages.map((stage, index) => stagePart(`s${index + 1}`, stage))
  const body = [
    ...Object.entries(dotDefaults).map(([kind, look]) => `${kind} ${attributes(look)}`),
    `graph ${attributes({ labelloc: 't', labeljust: 'l', label: textOf([bold(planTitle(plan))], titleSize) })}`,
    ...stages.flatMap(({ lines }) => lines),
    ...chain(stages),
  ]
  return ['digraph {', ...indented(body), '}', ''].join('\n')
}

function stagePart(key: string, stage: PlanDiagramStage): Part {
  const batches = stage.batches.map((batch, index) => batchPart(`${key}b${index + 1}`, batch))
  const inner = batches.length === 0 ? [emptyPart(key, 'no batches')] : batches
  const lines = [...inner.flatMap((batch) => batch.lines), ...chain(batches)]
  return framePart(
    key,
    { status: stage.status, title: frameTitle('Stage', stage), fill: colors.frame },
    inner,
    lines,
  )
}

function batchPart(key: string, { status, threads, ...batch }: PlanDiagramBatch): Part {
  const nodes = threads.map((thread, index) => ({ key: `${key}t${index + 1}`, thread }))
  const rows = Array.from({ length: Math.ceil(nodes.length / threadsPerRow) }, (_, row) =>
    nodes.slice(row * threadsPerRow, (row + 1) * threadsPerRow).map((node) => node.key),
  )
  const inner = nodes.length === 0 ? [emptyPart(key, 'no threads')] : rows.map(rowPart)
  const lines = [
    ...nodes.map((node) => `${quoted(node.key)} ${attributes(threadLook(node.thread))}`),
    ...inner.flatMap((row) => row.lines),
    ...inner.slice(1).map((row, index) => hidden(inner[index]?.last ?? '', row.first)),
  ]
  const title = frameTitle('Batch', { status, ...batch })
  return framePart(key, { status, title, fill: colors.ground }, inner, lines)
}

/** Side by side, in order. An arrow to or from all of them ends in the middle. */
function rowPart(keys: string[]): Part {
  const middle = keys[Math.floor((keys.length - 1) / 2)] ?? ''
  const inOrder = keys.slice(1).map((key, index) => hidden(keys[index] ?? '', key))
  return {
    frame: '',
    first: middle,
    last: middle,
    lines: [`{ rank=same; ${keys.map(quoted).join('; ')} }`, ...inOrder],
  }
}

function emptyPart(key: string, words: string): Part {
  const name = `${key}none`
  const look = attributes({ shape: 'plaintext', style: 'solid', label: words, fontsize: smallSize })
  return { frame: '', first: name, last: name, lines: [`${quoted(name)} ${look}`] }
}

function framePart(
  key: string,
  { status, title, fill }: { status: ShownStatus; title: string; fill: string },
  inner: Ends[],
  lines: string[],
): Part {
  const label = textOf(
    wrapColumns(fit(`${glyphOf(status)} ${title}`, columns.whole), columns.frame).map(bold),
    frameSize,
  )
  const look = {
    label,
    labeljust: 'l',
    style: 'rounded,filled',
    fillcolor: fill,
    color: planColors[statusColor(status)].line,
    margin: 14,
  }
  const frame = `cluster ${key}`
  return {
    frame,
    first: inner[0]?.first ?? '',
    last: inner.at(-1)?.last ?? '',
    lines: [`subgraph ${quoted(frame)} {`, ...indented([`graph ${attributes(look)}`, ...lines]), '}'],
  }
}

/** Arrows from each to the next, cut off at the frames. */
function chain(parts: Ends[]): string[] {
  return parts.slice(1).map((to, index) => {
    const from = parts[index] ?? to
    const ends = attributes({ ltail: from.frame, lhead: to.frame, minlen: 2 })
    return `${quoted(from.last)} -> ${quoted(to.first)} ${ends}`
  })
}

function hidden(from: string, to: string): string {
  return `${quoted(from)} -> ${quoted(to)} ${attributes({ style: 'invis' })}`
}

function threadLook(thread: PlanDiagramThread) {
  const { fill, line } = planColors[statusColor(thread.status)]
  const name = wrapColumns(fit(shownText(thread.name), columns.whole), columns.thread)
  const head = { text: `${glyphOf(thread.status)} ${thread.id}`, isBold: true }
  const rest = [...name, threadState(thread)]
    .filter((text) => text !== '')
    .map((text) => ({ text, isBold: false }))
  return { fillcolor: fill, color: line, label: textOf([head, ...rest], threadSize) }
}

/** Sizes of fonts, in points. */
const [titleSize, frameSize, threadSize, smallSize] = [14, 11, 11, 9.5]

interface Line {
  text: string
  isBold: boolean
}

function bold(text: string): Line {
  return { text, isBold: true }
}

/** A column as a part of the font size: for letters that Graphviz takes to be as narrow as a space. */
const columnWidth = 0.6

/** Lines of text with room for wide letters, whose width Graphviz does not know. */
function textOf(lines: Line[], size: number): string {
  const width = Math.ceil(Math.max(...lines.map(({ text }) => textWidth(text))) * columnWidth * size)
  const isWide = lines.some(({ text }) => /[^ -~]/.test(text.slice(1)))
  const rows = lines.map(({ text, isBold }) => {
    const shown = isBold ? `<b>${escaped(text)}</b>` : escaped(text)
    return `<font point-size="${size}">${shown}</font>`
  })
  const body = table(rows)
  return html(
    isWide
      ? `<table border="0" cellborder="0" cellspacing="0"><tr><td width="${width}" align="left">${body}</td></tr></table>`
      : body,
  )
}

function glyphOf(status: ShownStatus): string {
  return statusGlyph(marks, status)
}
