import { PlanBuilder } from '../parse/build.ts'
import { readItem } from '../parse/items.ts'
import { parseBlocks } from '../parse/block-parser.ts'
import { type Block, type ListItem, type Node, descendants, rangeOf } from '../parse/markdown.ts'
import { type Section, splitSections } from '../parse/outline.ts'
import type { Batch, Plan, Stage, Thread } from '../plan.ts'
import { normalizeText } from '../parse/source.ts'
import { labelsOf } from '../parse/thread.ts'

/** Where to insert text, in a text normalized by {@link normalizeText}, and what to put in front of it. */
export interface Spot {
  /** The end of a line. */
  at: number
  /**
   * Put in front of the inserted text: line breaks, the first of which ends the existing line, and a label or heading.
   */
  gap: string
}

/** A plan with the positions of its parts. */
export class PlanPlaces {
  readonly source: string
  readonly plan: Plan
  readonly #sections: readonly Section[]

  constructor(text: string) {
    this.source = normalizeText(text)
    this.#sections = splitSections(this.source, parseBlocks(this.source))
    this.plan = new PlanBuilder(this.source, this.#sections).plan
  }

  /** Below the last stage, or below `## Stages`; undefined if there is neither. */
  afterStages(): Spot | undefined {
    const last = this.plan.stages.at(-1)
    const heading = this.#sections.findLast(
      (section) => section.heading.kind === 'region' && section.heading.region === 'stages',
    )
    const first = last === undefined ? heading : this.#sectionAt(last.line)
    return first === undefined ? undefined : this.#below(this.#lastOf(first, 'stage'))
  }

  /** Below the last batch of a stage, or below `#### Stage Batches`, which is added if missing. */
  afterBatches(stage: Stage): Spot {
    const last = stage.batches.at(-1)
    if (last !== undefined) return this.#below(this.#lastOf(this.#sectionAt(last.line), 'batch'))
    const first = this.#sectionAt(stage.line)
    const own = this.#span(first, 'stage')
    const heading = own.findLast(
      (section) => section.heading.kind === 'part' && section.heading.part === 'batches',
    )
    if (heading !== undefined) return this.#below(heading)
    const { at } = this.#below(own.at(-1) ?? first)
    return { at, gap: '\n\n#### Stage Batches\n\n' }
  }

  /** Below the last thread of a batch, or below its own text. */
  afterThreads(batch: Batch): Spot {
    return this.#below(this.#lastOf(this.#sectionAt(batch.line), 'batch'))
  }

  /** Where to insert a step, and what comes before its text: the list marker and its box. */
  afterSteps(thread: Thread): Spot & { lead: string } {
    const item = this.#itemOf(thread)
    if (item !== undefined)
      return this.#afterItem(thread, item, readItem(this.source, item).status !== undefined)
    const section = this.#sectionAt(thread.line)
    const labels = labelsOf(this.source, section.body)
    const hasDetails = labels.includes('details') ? labels.at(-1) === 'details' : thread.details !== ''
    const last = section.body.at(-1)
    const { at } = this.#below(section)
    if (!hasDetails) return { at, gap: '\n\n**Details:**\n', lead: '- [ ] ' }
    const lastItem = last?.type === 'list' && !last.ordered ? last.children.at(-1) : undefined
    if (lastItem !== undefined) return this.#afterItem(thread, lastItem, true)
    return { at, gap: this.#isLabel(last) ? '\n' : '\n\n', lead: '- [ ] ' }
  }

  /** The list item of the last step; undefined if that step is the thread's summary or name. */
  #itemOf(thread: Thread): ListItem | undefined {
    const step = thread.steps.at(-1)
    for (const node of descendants(this.#sectionAt(thread.line).body)) {
      if (node.type !== 'listItem' || rangeOf(node).line !== step?.line) continue
      if (readItem(this.source, node).text === step.text) return node
    }
    return undefined
  }

  #afterItem(thread: Thread, item: ListItem, hasBox: boolean): Spot & { lead: string } {
    const list = this.#listOf(thread, item)
    const { start } = rangeOf(item)
    const lineStart = this.source.lastIndexOf('\n', start - 1) + 1
    const indent = this.source.slice(lineStart, start).replaceAll(/[^\s>]/g, ' ')
    const marker = this.#markerOf(item)
    const isAlike = list.length > 1 && list.every((one) => this.#markerOf(one) === marker)
    const next = isAlike ? marker : marker.replace(/\d+/, (number) => String(Number(number) + 1))
    const isLoose = list.some((one, index) => this.#isBlankBetween(one, list[index + 1]))
    return {
      at: this.#lineEnd(item),
      gap: isLoose ? '\n\n' : '\n',
      lead: `${indent}${next}${hasBox ? ' [ ] ' : ' '}`,
    }
  }

  /** `-`, `2.` */
  #markerOf(item: ListItem): string {
    return /^(?:\d+[.)]|.)/.exec(this.source.slice(rangeOf(item).start))?.[0] ?? '-'
  }

  #isBlankBetween(item: ListItem, next: ListItem | undefined): boolean {
    if (next === undefined) return false
    return /\n[ \t>]*\n/.test(this.source.slice(this.#lineEnd(item), rangeOf(next).start))
  }

  /** The items of the list that contains `item`. */
  #listOf(thread: Thread, item: ListItem): ListItem[] {
    for (const node of descendants(this.#sectionAt(thread.line).body)) {
      if (node.type === 'list' && node.children.includes(item)) return node.children
    }
    return [item]
  }

  /** Whether a block is the details label with nothing after it. */
  #isLabel(block: Block | undefined): boolean {
    if (block?.type !== 'paragraph') return false
    const { start, end } = rangeOf(block)
    return /(?:^|\n)[ \t]*[*_]{0,3}details[*_: \t]*$/i.test(this.source.slice(start, end))
  }

  /** The end of the line on which a node ends. */
  #lineEnd(node: Node): number {
    const { start, end } = rangeOf(node)
    const text = this.source.slice(start, end).trimEnd()
    const lineEnd = this.source.indexOf('\n', start + text.length)
    return lineEnd === -1 ? this.source.length : lineEnd
  }

  #sectionAt(line: number): Section {
    const section = this.#sections.find((one) => one.line === line)
    if (section === undefined) throw new Error(`No section of the plan starts on line ${line}.`)
    return section
  }

  /** The section and everything that belongs to it. */
  #span(first: Section, level: 'stage' | 'batch'): Section[] {
    const start = this.#sections.indexOf(first)
    const rest = this.#sections.slice(start + 1)
    const length = rest.findIndex(({ heading }) => {
      if (heading.kind === 'level') return heading.level === 'stage' || heading.level === level
      return heading.kind === 'region' || (heading.kind === 'part' && level === 'batch')
    })
    return [first, ...(length === -1 ? rest : rest.slice(0, length))]
  }

  #lastOf(first: Section, level: 'stage' | 'batch'): Section {
    return this.#span(first, level).at(-1) ?? first
  }

  #below(section: Section): Spot {
    const last = section.body.at(-1)
    return { at: last === undefined ? this.#endOfLine(section.line) : this.#lineEnd(last), gap: '\n\n' }
  }

  #endOfLine(line: number): number {
    let at = -1
    for (let count = 0; count < line; count += 1) {
      at = this.source.indexOf('\n', at + 1)
      if (at === -1) return this.source.length
    }
    return at
  }
}
