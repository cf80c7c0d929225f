import type { Kind } from './heading.ts'
import { findQuestions, unknownBoxes } from './items.ts'
import { rangeOf } from './markdown.ts'
import type { Section } from './outline.ts'
import type { Stage } from '../plan.ts'
import type { Problem } from '../problem.ts'
import { joinTexts, sliceNodes } from './source.ts'

/** Stores the text below an H4 of a stage, and reports text that is not used. */
export function fillPart(source: string, stage: Stage, section: Section, heading: Kind<'part'>): Problem[] {
  const text = sliceNodes(source, section.body)
  switch (heading.part) {
    case 'definition':
      stage.definition = joinTexts([stage.definition, text])
      return []
    case 'constitution':
      stage.constitution = joinTexts([stage.constitution, text])
      return []
    case 'questions':
      for (const question of findQuestions(source, section.body)) stage.questions.push(question)
      return [...unlistedQuestions(source, section), ...unknownBoxes(source, section.body)]
    case 'batches':
      return text === '' ? [] : [unusedText(section)]
    case 'other':
      return [unknownSection(section, heading.title)]
  }
}

function unlistedQuestions(source: string, section: Section): Problem[] {
  return section.body
    .filter((block) => block.type === 'paragraph' && sliceNodes(source, [block]).endsWith('?'))
    .map((block) => ({
      severity: 'warning',
      code: 'unlisted-question',
      line: rangeOf(block).line,
      message: 'This question is not in a list, so it is ignored.',
      hint: 'Write it as "- [ ] …?".',
    }))
}

function unusedText({ body, line }: Section): Problem {
  const [first] = body
  return {
    severity: 'warning',
    code: 'unused-text',
    line: first === undefined ? line : rangeOf(first).line,
    message: 'No agent sees this text above the first batch.',
    hint: 'Move it into the definition of the stage or below a batch.',
  }
}

function unknownSection({ line }: Section, title: string): Problem {
  return {
    severity: 'warning',
    code: 'unknown-section',
    line,
    message: `A stage has no section "${title}"; the text below it is ignored.`,
    hint: 'Use Stage Definition, Stage Constitution, Stage Questions or Stage Batches.',
  }
}
