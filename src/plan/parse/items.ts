import type { TaskStatus } from '../../../machines/statuses.ts'
import { boxHint, readBox } from '../box.ts'
import { withoutInvisible } from '../invisible.ts'
import { type Block, type ListItem, type Node, childrenOf, descendants, rangeOf } from './markdown.ts'
import type { PlanQuestion, Step } from '../plan.ts'
import type { Problem } from '../problem.ts'
import { lineOf, collapseSpaces } from './source.ts'

/** A list item in one line. `status` comes from its checkbox; undefined without one. */
export interface Item {
  text: string
  line: number
  status: TaskStatus | undefined
  /** A box with an unknown sign, like `[?]`. It is part of the text. */
  unknownBox?: string
}

/**
 * The steps of a thread: its checkboxes at any depth, except below another checkbox. Without checkboxes, the items of
 * its outermost numbered lists. Without those, the single step `otherwise`.
 */
export function findSteps(source: string, blocks: readonly Block[], otherwise: Step): Step[] {
  const boxes = outermost(blocks, (node) => (hasBox(source, node) ? [node] : undefined))
  const numbered = outermost(blocks, (node) =>
    node.type === 'list' && node.ordered ? node.children : undefined,
  )
  for (const items of [boxes, numbered]) {
    const steps = items.map((item) => readItem(source, item)).filter((item) => item.text !== '')
    if (steps.length > 0) return steps.map(toStep)
  }
  return [otherwise]
}

function toStep({ text, line, status }: Item): Step {
  const step = { text, line, checked: status === 'completed' }
  return status === undefined || status === 'pending' || step.checked ? step : { ...step, status }
}

/** Boxes with an unknown sign, which don't become tasks. */
export function unknownBoxes(source: string, blocks: readonly Block[]): Problem[] {
  return [...descendants(blocks)].flatMap((node): Problem[] => {
    if (node.type === 'listItem') {
      const { line, unknownBox } = readItem(source, node)
      return unknownBox === undefined ? [] : [unknownBoxProblem(line, unknownBox)]
    }
    return node.type === 'paragraph' ? hiddenBoxes(source, node) : []
  })
}

/**
 * Lines of a paragraph that look like an item with a box but are not one in Markdown: `-[ ] x`, or with another kind
 * of space.
 */
function hiddenBoxes(source: string, paragraph: Node): Problem[] {
  const { start, end, line } = rangeOf(paragraph)
  return source
    .slice(start, end)
    .split('\n')
    .flatMap((text, index): Problem[] => {
      const isHidden = /^\s*(?:[-*+]|\d{1,9}[.)])\s*\[[ xX~!-]?\](?:\s|$)/.test(withoutInvisible(text))
      if (!isHidden) return []
      return [
        {
          severity: 'warning',
          code: 'hidden-box',
          line: line + index,
          message: `"${collapseSpaces(text)}" is not read as a list item, so it does not become a task.`,
          hint: 'Write "- [ ] …" with plain spaces.',
        },
      ]
    })
}

function unknownBoxProblem(line: number, box: string): Problem {
  const message = `The box ${box} is unknown, so it does not become a task.`
  return { severity: 'warning', code: 'unknown-box', line, message, hint: boxHint }
}

/** The questions of a stage: all items of its lists, ticked or not. */
export function findQuestions(source: string, blocks: readonly Block[]): PlanQuestion[] {
  return listItems(source, blocks).map(({ text, line, status }) => ({
    text,
    line,
    resolved:
      status === 'completed' || (status === undefined && /^(none|n\/a|no open questions)\.?$/i.test(text)),
  }))
}

/** The items of the lists at the top level of `blocks`. */
export function listItems(source: string, blocks: readonly Block[]): Item[] {
  return blocks
    .flatMap((block) => (block.type === 'list' ? block.children : []))
    .map((item) => readItem(source, item))
}

/** Reads one list item: the text is its first paragraph without the box. */
export function readItem(source: string, item: ListItem): Item {
  const { line } = rangeOf(item)
  const paragraph = item.children.find((child) => child.type === 'paragraph')
  const text = paragraph === undefined ? '' : lineOf(source, paragraph)
  const box = readBox(text)
  if (box === undefined) return { text, line, status: undefined }
  if ('unknown' in box) return { text, line, status: undefined, unknownBox: box.unknown }
  return { text: text.slice(box.length).trim(), line, status: box.status }
}

function hasBox(source: string, node: Node): node is ListItem {
  return node.type === 'listItem' && readItem(source, node).status !== undefined
}

function outermost(blocks: readonly Block[], match: (node: Node) => ListItem[] | undefined): ListItem[] {
  const found: ListItem[] = []
  const waiting: Node[] = blocks.toReversed()
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const items = match(node)
    for (const item of items ?? []) found.push(item)
    for (const child of items === undefined ? childrenOf(node).toReversed() : []) waiting.push(child)
  }
  return found
}
