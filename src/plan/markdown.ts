import type { Nodes, RootContent } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'

/** A node of markdown, with its place in the text. */
export type Node = Nodes

/** A node at the top level of a text: a heading, a paragraph, a list… */
export type Block = RootContent

/** Where a node stands: offsets into the source, and its first line from 1. */
export interface Place {
  start: number
  end: number
  line: number
}

/**
 * Reads markdown into its top-level blocks. `---` below a paragraph is a rule, never an underlined heading: a plan's
 * trailer must not turn the sentence above it into a section. Checkboxes are left to `items.ts`: GitHub's own know no box
 * without a text or a space behind it, and people write them.
 *
 * The parser takes quadratic time on long texts, so it is fed in pieces. A heading at the start of a line ends
 * every list, quote and paragraph, so a piece may end before one, unless the heading lies in a fence or in HTML.
 */
export function parseBlocks(source: string): Block[] {
  const cuts = [...source.matchAll(/^#{1,6}(?=[ \t\n]|$)/gm)].map((match) => match.index)
  const ends = [...cuts.filter((cut) => cut > 0), source.length]
  const blocks: Block[] = []
  let start = 0
  let line = 1
  for (let next = 0; next < ends.length;) {
    const piece = parsePiece(source, start, ends, next)
    for (const node of descendants(piece.blocks)) shift(node, start, line)
    for (const block of piece.blocks) blocks.push(block)
    line += countNewlines(source, start, piece.end)
    start = piece.end
    next = piece.next
  }
  return blocks
}

/** Every node below and including `nodes`, in the order of the text, leaving out what `skip` names. */
export function* descendants(nodes: readonly Node[], skip?: (node: Node) => boolean): Generator<Node> {
  const waiting = nodes.toReversed()
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (skip?.(node) === true) continue
    yield node
    for (const child of childrenOf(node).toReversed()) waiting.push(child)
  }
}

/** The nodes right below a node. */
export function childrenOf(node: Node): readonly Node[] {
  return 'children' in node ? node.children : []
}

/** The place of a node; every node that came from {@link parseBlocks} has one. */
export function placeOf(node: Node): Place {
  const start = node.position?.start.offset
  const end = node.position?.end.offset
  if (node.position === undefined || start === undefined || end === undefined) {
    throw new Error(`A ${node.type} node has no position.`)
  }
  return { start, end, line: node.position.start.line }
}

/** Whether a code block is fenced and its fence is never closed, so that it swallows what follows. */
export function isOpenFence(source: string, node: Node): boolean {
  if (node.type !== 'code') return false
  const { start, end } = placeOf(node)
  const lines = source.slice(start, end).split('\n')
  const fence = /^(`{3,}|~{3,})/.exec(lines[0] ?? '')?.[0]
  if (fence === undefined) return false
  const last = (lines.at(-1) ?? '').replace(/^[ \t>]+/, '').trimEnd()
  return lines.length === 1 || !(last.startsWith(fence) && new Set(last).size === 1)
}

/** Parses from `start` up to a cut at which nothing is left open; looks twice as far each time. */
function parsePiece(source: string, start: number, ends: number[], from: number) {
  for (let count = 1; ; count *= 2) {
    const next = Math.min(from + count, ends.length)
    const end = ends[next - 1] ?? source.length
    const text = source.slice(start, end)
    const blocks = parseWhole(text)
    if (next === ends.length || !endsOpen(text, blocks.at(-1))) return { blocks, end, next }
  }
}

function parseWhole(text: string): Block[] {
  return fromMarkdown(text, { extensions: [{ disable: { null: ['setextUnderline'] } }] }).children
}

function endsOpen(text: string, last: Block | undefined): boolean {
  if (last?.type === 'html') return !(last.value.startsWith('<!--') && last.value.endsWith('-->'))
  return last !== undefined && isOpenFence(text, last)
}

function shift(node: Node, offset: number, line: number): void {
  if (node.position === undefined) return
  for (const point of [node.position.start, node.position.end]) {
    point.offset = (point.offset ?? 0) + offset
    point.line += line - 1
  }
}

function countNewlines(source: string, start: number, end: number): number {
  let count = 0
  for (let at = source.indexOf('\n', start); at !== -1 && at < end; at = source.indexOf('\n', at + 1))
    count += 1
  return count
}
