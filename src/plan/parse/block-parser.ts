import {
  closesFence,
  type HtmlEnd,
  isRule,
  type ItemMarker,
  readAtxHeading,
  readFence,
  readHtml,
  readItemMarker,
} from './block-starts.ts'
import { LineCursor } from './line-cursor.ts'
import type { Block, Code, Html, List, ListItem, Paragraph, SourceRange, Quote } from './markdown.ts'

/**
 * How many quotes and list items may be nested. Every line is checked against each open one, so the limit keeps
 * parsing time linear.
 */
export const maxNesting = 32

/** A quote or list item that later lines may belong to. */
type Container = { type: 'quote'; node: Quote } | { type: 'item'; node: ListItem; list: List; indent: number }

/** The block of the last line, if later lines may belong to it. */
type Leaf =
  | { type: 'paragraph'; node: Paragraph }
  | { type: 'fence'; node: Code; marks: string }
  | { type: 'indented'; node: Code }
  | { type: 'html'; node: Html; end: HtmlEnd }

/**
 * Reads Markdown into its top-level blocks. `---` below a paragraph is a rule, never an underlined heading: a plan's
 * trailer must not turn the sentence above it into a section. Link definitions are paragraphs. Checkboxes are left to
 * `items.ts`, because GitHub's syntax has no box without a text or a space after it, and authors write them.
 */
export function parseBlocks(source: string): Block[] {
  return new BlockParser(source).blocks
}

/** Lines with a quote or list item that is nested too deep and therefore read as text. */
export function findDeepLines(source: string): number[] {
  return new BlockParser(source).deepLines
}

/**
 * Reads the blocks of a text line by line, as CommonMark does, without parsing inline content. Written here because
 * every Markdown parser that was tried takes quadratic time on some texts (https://spec.commonmark.org, appendix A).
 */
class BlockParser {
  readonly blocks: Block[] = []
  /** Lines with a quote or item marker beyond {@link maxNesting}. */
  readonly deepLines: number[] = []
  readonly #source: string
  /** Outermost first. */
  readonly #open: Container[] = []
  #leaf: Leaf | undefined
  #line = 0

  constructor(source: string) {
    this.#source = source
    for (let start = 0; start < source.length;) {
      const newline = source.indexOf('\n', start)
      const end = newline === -1 ? source.length : newline
      this.#line += 1
      this.#readLine(new LineCursor(source, start, end), end)
      start = end + 1
    }
  }

  #readLine(cursor: LineCursor, end: number): void {
    const matched = this.#match(cursor, end)
    const isInside = matched === this.#open.length
    if (isInside && this.#continueLeaf(cursor, end)) return
    if (cursor.isBlank) {
      this.#close(matched)
      return
    }
    // Text may continue the paragraph above it, even without the markers of its quotes and items.
    const paragraph = this.#leaf?.type === 'paragraph' ? this.#leaf : undefined
    if (this.#openBlocks(cursor, { matched, end, isInside })) return
    if (paragraph !== undefined && this.#leaf === paragraph) this.#extend(paragraph.node, end)
    else this.#addParagraph(cursor, end)
  }

  /** The number of open containers that this line belongs to. */
  #match(cursor: LineCursor, end: number): number {
    for (const [index, container] of this.#open.entries()) {
      if (container.type === 'quote') {
        if (!takeQuote(cursor)) return index
        container.node.place.end = end
      } else if (cursor.isBlank) {
        // An item that begins with an empty line can't have a second one.
        if (container.node.children.length === 0) return index
      } else {
        if (cursor.indent < container.indent) return index
        cursor.takeColumns(container.indent)
      }
    }
    return this.#open.length
  }

  /** Adds the line to the open leaf if that leaf takes it without looking for new blocks. */
  #continueLeaf(cursor: LineCursor, end: number): boolean {
    const leaf = this.#leaf
    if (leaf === undefined || leaf.type === 'paragraph') return false
    if (leaf.type === 'fence') {
      const closes = cursor.indent < 4 && closesFence(cursor.text, leaf.marks)
      this.#extend(leaf.node, end)
      if (!closes) return true
      leaf.node.fence = 'closed'
    } else if (leaf.type === 'html') {
      if (leaf.end === 'blank' && cursor.isBlank) return false
      this.#extend(leaf.node, end)
      if (leaf.end === 'blank' || !leaf.end.test(cursor.text)) return true
    } else {
      if (cursor.isBlank) return true
      if (cursor.indent < 4) return false
      this.#extend(leaf.node, end)
      return true
    }
    this.#leaf = undefined
    return true
  }

  /** Opens the blocks that begin on this line. Returns whether the last of them takes the rest of the line. */
  #openBlocks(
    cursor: LineCursor,
    { matched, end, isInside }: { matched: number; end: number; isInside: boolean },
  ): boolean {
    let interrupts = isInside && this.#leaf?.type === 'paragraph'
    let depth = matched
    for (;;) {
      if (cursor.isBlank) return true
      if (cursor.indent > 3) {
        if (this.#leaf?.type === 'paragraph') return false
        this.#close(depth)
        this.#addIndented(cursor, end)
        return true
      }
      if (this.#openLeaf(cursor, { depth, end })) return true
      const start = cursor.textStart
      const marker = this.#source[start] === '>' ? '>' : readItemMarker(cursor.text)
      if (marker === undefined || (marker !== '>' && interrupts && !marker.interrupts)) break
      if (depth === maxNesting) {
        this.deepLines.push(this.#line)
        break
      }
      this.#close(depth)
      if (marker === '>') this.#openQuote(cursor, start, end)
      else this.#openItem(cursor, marker)
      depth += 1
      interrupts = false
    }
    // Unless the paragraph continues, containers that the line does not belong to end here.
    if (this.#leaf?.type !== 'paragraph') this.#close(depth)
    return false
  }

  /** Opens a leaf block if one begins here. */
  #openLeaf(cursor: LineCursor, { depth, end }: { depth: number; end: number }): boolean {
    const { text, textStart: start } = cursor
    const heading = readAtxHeading(text)
    const place = this.#placeAt(start, end)
    if (heading !== undefined) {
      const range = { start: start + heading.start, end: start + heading.end }
      this.#close(depth)
      this.#add({ type: 'heading', place, depth: heading.depth, text: range })
      return true
    }
    if (isRule(text)) {
      this.#close(depth)
      this.#add({ type: 'thematicBreak', place })
      return true
    }
    const marks = readFence(text)
    if (marks !== undefined) {
      const node: Code = { type: 'code', place, fence: 'open' }
      this.#close(depth)
      this.#leaf = { type: 'fence', node: this.#add(node), marks }
      return true
    }
    const htmlEnd = readHtml(text, this.#leaf?.type === 'paragraph')
    if (htmlEnd === undefined) return false
    const node: Html = { type: 'html', place }
    this.#close(depth)
    this.#add(node)
    this.#leaf = htmlEnd !== 'blank' && htmlEnd.test(text) ? undefined : { type: 'html', node, end: htmlEnd }
    return true
  }

  #openQuote(cursor: LineCursor, start: number, end: number): void {
    takeQuote(cursor)
    const node = this.#add<Quote>({ type: 'blockquote', place: this.#placeAt(start, end), children: [] })
    this.#open.push({ type: 'quote', node })
  }

  #openItem(cursor: LineCursor, marker: ItemMarker): void {
    const start = cursor.textStart
    const before = cursor.indent
    cursor.takeText(marker.length)
    // Five columns or more count as one; the rest is the indentation of code.
    const padding = cursor.isBlank || cursor.indent > 4 ? 1 : cursor.indent
    cursor.takeColumns(padding)
    const list = this.#listFor(marker, start)
    const place = this.#placeAt(start, start + marker.length)
    const node: ListItem = { type: 'listItem', place, children: [] }
    list.children.push(node)
    this.#open.push({ type: 'item', node, list, indent: before + marker.length + padding })
    this.#growTo(place.end)
  }

  /** The list that ends here if the marker belongs to it, otherwise a new one. */
  #listFor({ sign, ordered }: ItemMarker, start: number): List {
    const last = this.#siblings().at(-1)
    if (last?.type === 'list' && this.#signOf(last) === sign) return last
    return this.#add<List>({ type: 'list', place: this.#placeAt(start, start), ordered, children: [] })
  }

  #signOf({ place }: List): string | undefined {
    return /^\d*(.)/.exec(this.#source.slice(place.start, place.start + 10))?.[1]
  }

  #addParagraph(cursor: LineCursor, end: number): void {
    const node: Paragraph = { type: 'paragraph', place: this.#placeAt(cursor.textStart, end) }
    this.#leaf = { type: 'paragraph', node: this.#add(node) }
  }

  #addIndented(cursor: LineCursor, end: number): void {
    const node: Code = { type: 'code', place: this.#placeAt(cursor.at, end), fence: 'none' }
    this.#leaf = { type: 'indented', node: this.#add(node) }
  }

  #add<Added extends Block>(node: Added): Added {
    this.#siblings().push(node)
    this.#growTo(node.place.end)
    return node
  }

  #extend(node: Block, end: number): void {
    node.place.end = end
    this.#growTo(end)
  }

  /** Open containers end where their last block ends. */
  #growTo(end: number): void {
    for (const container of this.#open) {
      container.node.place.end = end
      if (container.type === 'item') container.list.place.end = end
    }
  }

  #siblings(): Block[] {
    return this.#open.at(-1)?.node.children ?? this.blocks
  }

  /** Closes the leaf and all containers from this depth. */
  #close(depth: number): void {
    this.#leaf = undefined
    this.#open.length = depth
  }

  #placeAt(start: number, end: number): SourceRange {
    return { start, end, line: this.#line }
  }
}

function takeQuote(cursor: LineCursor): boolean {
  if (cursor.indent > 3 || !cursor.text.startsWith('>')) return false
  cursor.takeText(1)
  cursor.takeColumns(1)
  return true
}
