import { readFileSync } from 'node:fs'
import { parsePlan } from '../../src/plan/parse/parse.ts'
import type { Plan, Thread } from '../../src/plan/plan.ts'
import type { Problem } from '../../src/plan/problem.ts'

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
