import { type PlanHeading, readHeading } from './heading.ts'
import { type Block, rangeOf } from './markdown.ts'
import { sliceNodes } from './source.ts'

/** A heading of the plan with the text below it, up to the next heading. */
export interface Section {
  heading: PlanHeading
  line: number
  body: Block[]
}

/** Splits a text at the headings that have a meaning in a plan. Text above the first one belongs to no section. */
export function splitSections(source: string, blocks: readonly Block[]): Section[] {
  const sections: Section[] = []
  let inStage = false
  for (const block of blocks) {
    const heading = block.type === 'heading' ? readHeading(source, block) : undefined
    if (heading === undefined || (heading.kind === 'part' && !inStage)) {
      sections.at(-1)?.body.push(block)
      continue
    }
    if (heading.kind === 'level') inStage = true
    if (heading.kind === 'region') inStage = false
    sections.push({ heading, line: rangeOf(block).line, body: [] })
  }
  return sections.map((section) => ({ ...section, body: trimRules(source, section.body) }))
}

/** Removes rules at either end, and the trailer of a plan: `---` and `*Last updated: …*`. */
function trimRules(source: string, body: readonly Block[]): Block[] {
  let [start, end] = [0, body.length]
  while (start < end && isRule(body[start])) start += 1
  while (end > start && (isRule(body[end - 1]) || isTrailer(source, body[end - 1]))) end -= 1
  return body.slice(start, end)
}

function isTrailer(source: string, block: Block | undefined): boolean {
  return block?.type === 'paragraph' && /^[*_]last updated/i.test(sliceNodes(source, [block]))
}

function isRule(block: Block | undefined): boolean {
  return block?.type === 'thematicBreak'
}
