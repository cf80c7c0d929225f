/** The place of a node: offsets in the source, and its first line, counted from 1. */
export interface SourceRange {
  start: number
  end: number
  line: number
}

/** A block of a text: heading, paragraph, list… Plans don't need the inline content of paragraphs. */
export type Block = Heading | Paragraph | List | Quote | Code | Html | Rule

/** A block or a list item. */
export type Node = Block | ListItem

export interface Heading {
  type: 'heading'
  place: SourceRange
  depth: number
  /** The offsets of its text, without the `#`. */
  text: { start: number; end: number }
}

export interface Paragraph {
  type: 'paragraph'
  place: SourceRange
}

export interface List {
  type: 'list'
  place: SourceRange
  ordered: boolean
  children: ListItem[]
}

export interface ListItem {
  type: 'listItem'
  place: SourceRange
  children: Block[]
}

export interface Quote {
  type: 'blockquote'
  place: SourceRange
  children: Block[]
}

export interface Code {
  type: 'code'
  place: SourceRange
  /** `none`: indented code. `open`: the fence is never closed, so it contains everything that follows. */
  fence: 'none' | 'open' | 'closed'
}

export interface Html {
  type: 'html'
  place: SourceRange
}

interface Rule {
  type: 'thematicBreak'
  place: SourceRange
}

/** All nodes in and below `nodes`, in text order, except those that `skip` excludes. */
export function* descendants(nodes: readonly Node[], skip?: (node: Node) => boolean): Generator<Node> {
  const waiting = nodes.toReversed()
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (skip?.(node) === true) continue
    yield node
    for (const child of childrenOf(node).toReversed()) waiting.push(child)
  }
}

/** The direct children of a node. */
export function childrenOf(node: Node): readonly Node[] {
  return 'children' in node ? node.children : []
}

export function rangeOf(node: Node): SourceRange {
  return node.place
}
