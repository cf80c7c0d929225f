import { findComments } from './comments.ts'
import { findSteps, unknownBoxes } from './items.ts'
import { type Block, rangeOf } from './markdown.ts'
import type { Step } from '../plan.ts'
import type { Problem } from '../problem.ts'
import { joinTexts, collapseSpaces, sliceText } from './source.ts'

/** The parsed text below a thread's heading. */
export interface ThreadText {
  summary: string
  details: string
  steps: Step[]
  problems: Problem[]
}

/** A section of the text: below a label, or above the first label. */
interface Stretch {
  label: 'summary' | 'details' | 'none'
  start: number
  end: number
}

/**
 * Reads the text of a thread. `**Summary:**` and `**Details:**` label its parts. Text above the labels is the summary
 * if there is no other. Without a Details label, the details begin at the first list or code block.
 */
export function readThread(source: string, body: readonly Block[], name: string, line: number): ThreadText {
  const { stretches, problems } = splitAtLabels(source, body)
  for (const problem of unknownBoxes(source, body)) problems.push(problem)
  const comments = findComments(source, body)
  const read = (parts: Stretch[]): string =>
    joinTexts(parts.map(({ start, end }) => sliceText(source, start, end, comments)))
  const has = (label: Stretch['label']): boolean => stretches.some((stretch) => stretch.label === label)
  const above = stretches.filter((stretch) => stretch.label === 'none')
  if (read(above) !== '' && has('summary')) problems.push(unusedText(body, line))
  let summaries = has('summary') ? stretches.filter((stretch) => stretch.label === 'summary') : above
  let details = stretches.filter((stretch) => stretch.label === 'details')
  if (!has('details')) ({ summaries, details } = splitAtList(body, summaries))

  const summary = read(summaries)
  const inDetails = blocksIn(body, details)
  const otherwise = { text: collapseSpaces(summary) || name, line, checked: false }
  return {
    summary,
    details: read(details),
    steps: findSteps(source, inDetails, otherwise),
    problems,
  }
}

/** The labels of a thread, in order. */
export function labelsOf(source: string, body: readonly Block[]): ('summary' | 'details')[] {
  return body.flatMap((block) =>
    block.type === 'paragraph' ? findLabels(source, block).map(({ label }) => label) : [],
  )
}

function splitAtLabels(
  source: string,
  body: readonly Block[],
): { stretches: Stretch[]; problems: Problem[] } {
  const [first, last] = [body[0], body.at(-1)]
  if (first === undefined || last === undefined) return { stretches: [], problems: [] }
  const stretches: Stretch[] = [{ label: 'none', start: rangeOf(first).start, end: rangeOf(last).end }]
  const problems: Problem[] = []
  for (const block of body) {
    for (const found of block.type === 'paragraph' ? findLabels(source, block) : []) {
      const open = stretches.at(-1)
      if (open === undefined) continue
      stretches.push({ label: found.label, start: found.textStart, end: open.end })
      open.end = found.start
      if (found.start > rangeOf(block).start) problems.push(gluedLabel(found.label, found.line))
    }
  }
  return { stretches, problems }
}

/** The labels at the starts of a paragraph's lines: `**Summary:**`, `**Details**:`, `Summary: …` */
function findLabels(source: string, paragraph: Block) {
  const place = rangeOf(paragraph)
  const found = []
  let [start, line] = [place.start, place.line]
  for (const text of source.slice(place.start, place.end).split('\n')) {
    const match = /^[ \t]*([*_]{0,3})(summary|details)\b(?:[ \t]*(:))?[ \t]*\1[ \t]*(:?)/i.exec(text)
    const [all = '', stars = '', word = '', inner = '', outer = ''] = match ?? []
    const isAlone = start === place.start && all.trim() === text.trim()
    if (match !== null && (stars !== '' || inner !== '' || outer !== '' || isAlone)) {
      const label = word.toLowerCase() === 'summary' ? ('summary' as const) : ('details' as const)
      found.push({ label, start, textStart: start + all.length, line })
    }
    start += text.length + 1
    line += 1
  }
  return found
}

/** For a thread without a Details label: everything from the first block that is not a paragraph. */
function splitAtList(body: readonly Block[], summaries: Stretch[]) {
  const list = blocksIn(body, summaries).find((block) => block.type !== 'paragraph' && block.type !== 'html')
  if (list === undefined) return { summaries, details: [] }
  const at = rangeOf(list).start
  const before = summaries
    .filter((each) => each.start < at)
    .map((each) => ({ ...each, end: Math.min(each.end, at) }))
  const after = summaries
    .filter((each) => each.end > at)
    .map((each) => ({ ...each, start: Math.max(each.start, at) }))
  return { summaries: before, details: after }
}

/** The blocks that start in one of the stretches. Both are in text order. */
function blocksIn(body: readonly Block[], stretches: readonly Stretch[]): Block[] {
  let next = 0
  return body.filter((block) => {
    const { start } = rangeOf(block)
    while ((stretches[next]?.end ?? Infinity) <= start) next += 1
    return start >= (stretches[next]?.start ?? Infinity)
  })
}

function gluedLabel(label: string, line: number): Problem {
  return {
    severity: 'warning',
    code: 'glued-label',
    line,
    message: `The label "${label}" is in the middle of a paragraph.`,
    hint: 'It is read as a label; put a blank line above it to make that clear.',
  }
}

function unusedText(body: readonly Block[], line: number): Problem {
  const [first] = body
  return {
    severity: 'warning',
    code: 'unused-text',
    line: first === undefined ? line : rangeOf(first).line,
    message: 'No agent sees this text above **Summary:**.',
    hint: 'Move it below one of the labels.',
  }
}
