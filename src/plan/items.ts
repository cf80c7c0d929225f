import { type Block, type ListItem, type Node, childrenOf, placeOf } from './markdown.ts'
import type { Question, Step } from './plan.ts'
import { lineOf } from './source.ts'

/** A list item in one line; `box` tells whether it has a checkbox and whether that is ticked. */
export interface Item {
  text: string
  line: number
  box: 'none' | 'open' | 'ticked'
}

/**
 * The steps of a thread: the checkboxes at any depth, but for those below another checkbox; without any, the items of
 * its outermost numbered lists; without those, one step that is `otherwise`.
 */
export function findSteps(source: string, blocks: readonly Block[], otherwise: Step): Step[] {
  const boxes = outermost(blocks, (node) => (hasBox(source, node) ? [node] : undefined))
  const numbered = outermost(blocks, (node) =>
    node.type === 'list' && node.ordered ? node.children : undefined,
  )
  for (const items of [boxes, numbered]) {
    const steps = items.map((item) => readItem(source, item)).filter((item) => item.text !== '')
    if (steps.length > 0)
      return steps.map(({ text, line, box }) => ({ text, line, checked: box === 'ticked' }))
  }
  return [otherwise]
}

/** The questions of a stage: every item of its lists, ticked or not. */
export function findQuestions(source: string, blocks: readonly Block[]): Question[] {
  return listItems(source, blocks).map(({ text, line, box }) => ({
    text,
    line,
    resolved: box === 'ticked' || (box === 'none' && /^(none|n\/a|no open questions)\.?$/i.test(text)),
  }))
}

/** The items of the lists at the top level of `blocks`. */
export function listItems(source: string, blocks: readonly Block[]): Item[] {
  return blocks
    .flatMap((block) => (block.type === 'list' ? block.children : []))
    .map((item) => readItem(source, item))
}

/** Reads one list item: the text is its first paragraph, without the box. */
export function readItem(source: string, item: ListItem): Item {
  const { line } = placeOf(item)
  const paragraph = item.children.find((child) => child.type === 'paragraph')
  const text = paragraph === undefined ? '' : lineOf(source, paragraph)
  const box = /^(?:\[[ xX]\](?![([:])|\[\](?= |$))/.exec(text)?.[0]
  if (box === undefined) return { text, line, box: 'none' }
  return { text: text.slice(box.length).trim(), line, box: /x/i.test(box) ? 'ticked' : 'open' }
}

function hasBox(source: string, node: Node): node is ListItem {
  return node.type === 'listItem' && readItem(source, node).box !== 'none'
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
