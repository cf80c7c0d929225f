import { BlockParser } from './block-parser.ts'

/** Where a node stands: offsets into the source, and its first line from 1. */
export interface Place {
  start: number
  end: number
  line: number
}

/** What a text consists of: a heading, a paragraph, a list… What is inside a paragraph is text to a plan. */
export type Block = Heading | Paragraph | List | Quote | Code | Html | Rule

/** A block, or an item of a list. */
export type Node = Block | ListItem

export interface Heading {
  type: 'heading'
  place: Place
  depth: number
  /** The offsets of what it says, without its `#`. */
  text: { start: number; end: number }
}

export interface Paragraph {
  type: 'paragraph'
  place: Place
}

export interface List {
  type: 'list'
  place: Place
  ordered: boolean
  children: ListItem[]
}

export interface ListItem {
  type: 'listItem'
  place: Place
  children: Block[]
}

export interface Quote {
  type: 'blockquote'
  place: Place
  children: Block[]
}

export interface Code {
  type: 'code'
  place: Place
  /** `none`: it is indented. `open`: the fence is never closed, so that it swallows what follows. */
  fence: 'none' | 'open' | 'closed'
}

export interface Html {
  type: 'html'
  place: Place
}

export interface Rule {
  type: 'thematicBreak'
  place: Place
}

/**
 * Reads Markdown into its top-level blocks. `---` below a paragraph is a rule, never an underlined heading: a plan's
 * trailer must not turn the sentence above it into a section. Definitions of links are paragraphs. Checkboxes are left to
 * `items.ts`: GitHub's own know no box without a text or a space behind it, and people write them.
 */
export function parseBlocks(source: string): Block[] {
  return new BlockParser(source).blocks
}

/** The lines with a quote or list item that is nested too deep to be read, so that it is text. */
export function findDeepLines(source: string): number[] {
  return new BlockParser(source).deepLines
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

/** The place of a node. */
export function placeOf(node: Node): Place {
  return node.place
}
