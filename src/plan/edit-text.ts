import { formatHeading } from './heading.ts'

/** What a thread to be added says. Texts are Markdown; without steps people or `add-task` fill in the details. */
export interface NewThread {
  name: string
  summary: string
  steps: readonly string[]
}

export interface NewBatch {
  name: string
  summary: string
  threads: readonly NewThread[]
}

export interface NewStage {
  name: string
  definition: string
  constitution: string
  /** Open ones: they block the approval until a person has ticked them. */
  questions: readonly string[]
  batches: readonly NewBatch[]
}

/** The lines of a stage as they stand in PLAN.md. Its batches, and their threads, are numbered from 01. */
export function stageLines(number: number, stage: NewStage): string[] {
  return spaced([
    [formatHeading('stage', number, stage.name)],
    ...part('Definition', textLines(stage.definition)),
    ...part('Constitution', textLines(stage.constitution)),
    ...part(
      'Questions',
      stage.questions.map((question) => `- [ ] ${question}`),
    ),
    ['#### Batches'],
    ...stage.batches.map((batch, index) => batchLines(index + 1, batch)),
  ])
}

export function batchLines(number: number, batch: NewBatch): string[] {
  return spaced([
    [formatHeading('batch', number, batch.name)],
    textLines(batch.summary),
    ...batch.threads.map((thread, index) => threadLines(index + 1, thread)),
  ])
}

export function threadLines(number: number, { name, summary, steps }: NewThread): string[] {
  return spaced([
    [formatHeading('thread', number, name)],
    ['**Summary:**', ...textLines(summary)],
    ['**Details:**', ...steps.map((step) => `- [ ] ${step}`)],
  ])
}

function part(title: string, lines: string[]): string[][] {
  return lines.length === 0 ? [] : [[`#### ${title}`], lines]
}

function textLines(text: string): string[] {
  return text === '' ? [] : text.split('\n')
}

/** The blocks with an empty line between each two. */
function spaced(blocks: readonly string[][]): string[] {
  return blocks
    .filter((block) => block.length > 0)
    .flatMap((block, index) => (index === 0 ? block : ['', ...block]))
}
