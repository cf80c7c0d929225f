import { readFileSync } from 'node:fs'
import { lastNumber, parentId } from '../../src/ids.ts'
import { parsePlan } from '../../src/plan/parse/parse.ts'
import type { Plan, Thread } from '../../src/plan/plan.ts'
import type { Problem } from '../../src/plan/problem.ts'
import type { Task } from '../../src/store/tasks/schema.ts'

/** The text of a fixture in `test/fixtures/plans`. */
export function readFixture(name: string): string {
  return readFileSync(new URL(`../fixtures/plans/${name}`, import.meta.url), 'utf8')
}

/** A valid plan around the text of one thread, which starts on line 17. */
export function planAround(thread: string): string {
  return `# Plan: P

## Summary

S.

## Stages

### Stage 01: A

#### Stage Batches

##### Batch 01: B

###### Thread 01: C

${thread}
`
}

/** The first thread of a plan. */
export function firstThread(plan: Plan): Thread {
  const thread = plan.stages[0]?.batches[0]?.threads[0]
  if (thread === undefined) throw new Error('The plan has no thread.')
  return thread
}

/** The thread parsed from `text` inside a valid plan. */
export function readThreadText(text: string): Thread {
  return firstThread(parsePlan(planAround(text)).plan)
}

/** `42 error duplicate-number` of each problem. */
export function brief(problems: readonly Problem[]): string[] {
  return problems.map(({ line, severity, code }) => `${line} ${severity} ${code}`)
}

/** Pseudo-random numbers from 0 to 1, the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A plan text: stages of batches of threads, each thread a list of steps. Names contain their numbers. */
export function planText(stages: string[][][][], { questions = '' } = {}): string {
  return [
    '# Plan: Demo',
    '## Summary',
    'Shows how it goes.',
    '## Stages',
    ...stages.flatMap((batches, stage) => [
      `### Stage ${padded(stage)}: Stage ${padded(stage)}`,
      '#### Definition',
      'What it is about.',
      ...(questions === '' ? [] : ['#### Questions', questions]),
      '#### Batches',
      ...batches.flatMap((threads, batch) => [
        `##### Batch ${padded(batch)}: Batch ${padded(batch)}`,
        ...threads.flatMap((steps, thread) => [
          `###### Thread ${padded(thread)}: Thread ${padded(thread)}`,
          '**Summary:**\nDo it.',
          `**Details:**\n${steps.map((step) => `- [ ] ${step}`).join('\n')}`,
        ]),
      ]),
    ]),
  ].join('\n\n')
}

/** A plan with one stage and one batch of so many threads, each with one step. */
export function batchOf(threads: number): string {
  return planText([[Array.from({ length: threads }, (_, index) => [`Step of thread ${index + 1}`])]])
}

function padded(index: number): string {
  return String(index + 1).padStart(2, '0')
}

/** A plan with a thread for each of the tasks. */
export function planOf(tasks: Task[]): Plan {
  const ids = [...new Set(tasks.map(({ id }) => parentId(id, 'thread')))]
  const below = (parent: string, level: 'stage' | 'batch' | 'thread') =>
    [...new Set(ids.map((id) => parentId(id, level)))].filter(
      (id) => parent === '' || id.startsWith(`${parent}.`),
    )
  return {
    name: 'Demo',
    line: 1,
    summary: '',
    references: [],
    stages: below('', 'stage').map((stage) => ({
      ...part(stage, 'Stage'),
      definition: '',
      constitution: '',
      questions: [],
      batches: below(stage, 'batch').map((batch) => ({
        ...part(batch, 'Batch'),
        summary: '',
        threads: below(batch, 'thread').map((thread) => ({
          ...part(thread, `Thread ${thread}`),
          summary: `Summary of ${thread}.`,
          details: `Details of ${thread}.`,
          steps: tasks
            .filter((one) => parentId(one.id, 'thread') === thread)
            .map((one) => ({ text: one.name, line: 1, checked: false })),
        })),
      })),
    })),
  }
}

function part(id: string, name: string) {
  return { id, number: lastNumber(id), name, line: 1 }
}
