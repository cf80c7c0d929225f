import { formatHeading } from '../parse/heading.ts'

/** The content of a new thread. Texts are Markdown. Without steps, you or `add-task` fill in the details. */
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
  /** Open questions: they block approval until the user ticks them. */
  questions: readonly string[]
  batches: readonly NewBatch[]
}

/** The lines of a stage in PLAN.md. Its batches and their threads are numbered from 01. */
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

/** The blocks, separated by empty lines. */
function spaced(blocks: readonly string[][]): string[] {
  return blocks
    .filter((block) => block.length > 0)
    .flatMap((block, index) => (index === 0 ? block : ['', ...block]))
}
