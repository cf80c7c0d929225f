import { WorkError } from '../../errors.ts'
import { formatId } from '../../ids.ts'
import { PlanPlaces, type Spot } from './insertion-point.ts'
import {
  batchLines,
  type NewBatch,
  type NewStage,
  type NewThread,
  stageLines,
  threadLines,
} from './markdown.ts'
import { type ParsedPlan, parsePlan } from '../parse/parse.ts'
import type { Batch, Plan, Stage, Thread } from '../plan.ts'
import { formatProblem, type Problem } from '../problem.ts'
import { normalizeText, collapseSpaces } from '../parse/source.ts'
import { advice, work } from '../../text/hint.ts'

/** A plan with something added. The old text is unchanged, byte for byte, except between `start` and `end`. */
export interface PlanEdit {
  text: string
  start: number
  end: number
  /** The plan parsed from the new text. */
  plan: Plan
  /** Id of the new part: `04` for a stage, `01.02.03.04` for a step. */
  id: string
  /** The line of PLAN.md that the new part starts on. */
  line: number
}

/**
 * Adds a stage below the last one. Like all of these functions, it throws a `WorkError` (`edit-refused`) if the new
 * text would have an error that the old one does not have, or would not contain exactly the intended addition.
 */
export function insertStage(text: string, stage: NewStage): PlanEdit {
  const places = new PlanPlaces(text)
  const spot = places.afterStages()
  if (spot === undefined)
    throw refused('The plan has neither stages nor a "## Stages" heading to add one below.')
  const number = nextNumber(places.plan.stages)
  const id = formatId(number)
  return apply(text, spot, stageLines(number, stage), {
    id,
    expect: (plan) => plan.stages.push(asStage(number, stage)),
    lineIn: (plan) => plan.stages.find((one) => one.id === id)?.line,
  })
}

/** Adds a batch at the end of the stage with this id. */
export function insertBatch(text: string, stageId: string, batch: NewBatch): PlanEdit {
  const places = new PlanPlaces(text)
  const stage = find(places.plan.stages, stageId)
  const number = nextNumber(stage.batches)
  const id = formatId(stage.number, number)
  return apply(text, places.afterBatches(stage), batchLines(number, batch), {
    id,
    expect: (plan) => find(plan.stages, stageId).batches.push(asBatch(id, number, batch)),
    lineIn: (plan) => find(plan.stages, stageId).batches.find((one) => one.id === id)?.line,
  })
}

/** Adds a thread at the end of the batch with this id. */
export function insertThread(text: string, batchId: string, thread: NewThread): PlanEdit {
  const places = new PlanPlaces(text)
  const batch = find(batchesOf(places.plan), batchId)
  const number = nextNumber(batch.threads)
  const id = `${batch.id}.${formatId(number)}`
  return apply(text, places.afterThreads(batch), threadLines(number, thread), {
    id,
    expect: (plan) => find(batchesOf(plan), batchId).threads.push(asThread(id, number, thread)),
    lineIn: (plan) => find(threadsOf(plan), id).line,
  })
}

/**
 * Adds a step after the thread's last one, in the style of its list. A thread without a list has one implied step, its
 * summary or name. With `keepImplied`, that step is written out above the new one; otherwise the new step replaces it.
 */
export function insertStep(
  text: string,
  threadId: string,
  name: string,
  { keepImplied = true }: { keepImplied?: boolean } = {},
): PlanEdit {
  const places = new PlanPlaces(text)
  const thread = find(threadsOf(places.plan), threadId)
  const { lead, ...spot } = places.afterSteps(thread)
  const implied = isImplied(thread) ? (keepImplied ? thread.steps : []) : undefined
  const steps = implied ?? thread.steps
  const lines = [...(implied ?? []).map((step) => step.text), name].map((step) => `${lead}${step}`)
  return apply(text, spot, lines, {
    id: `${threadId}.${formatId(steps.length + 1)}`,
    expect: (plan, after) => {
      const expected = find(threadsOf(plan), threadId)
      // The details keep their text; the steps are compared here.
      expected.details = find(threadsOf(after), threadId).details
      expected.steps = [...steps, { text: name, line: 0, checked: false }]
    },
    lineIn: (plan) => find(threadsOf(plan), threadId).steps.at(-1)?.line,
  })
}

/** Whether a thread's only step is its summary or its name. */
export function isImplied({ steps, line }: Thread): boolean {
  return steps.every((step) => step.line === line)
}

/** Control characters, and characters that reorder a line so that it displays something else. */
const unsafe = /[^\P{Cc}\t\n\r]|[\u202A-\u202E\u2066-\u2069]/u

/** Checks a name for a heading or a box. Throws a `WorkError` (`bad-name`) if it is empty or has several lines. */
export function requireName(text: string): string {
  if (unsafe.test(text.trim()) || /[\t\n\r\u2028\u2029]/.test(text.trim())) {
    throw badName('A name must be one line without control characters.')
  }
  const name = collapseSpaces(text)
  if (name === '') throw badName('The name is empty.')
  return name
}

/** Checks a text of any number of lines. Throws a `WorkError` (`bad-text`) for control characters. */
export function requireText(text: string): string {
  const lines = normalizeText(text).split('\n')
  if (lines.some((line) => unsafe.test(line))) {
    throw new WorkError('The text contains control characters.', {
      code: 'bad-text',
      hint: 'Use plain text. It may have several lines.',
    })
  }
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()
}

interface Addition {
  id: string
  /** Adds to the old plan what the new one must contain. */
  expect: (plan: Plan, after: Plan) => unknown
  lineIn: (plan: Plan) => number | undefined
}

function apply(
  text: string,
  spot: Spot,
  lines: readonly string[],
  { id, expect, lineIn }: Addition,
): PlanEdit {
  const { inserted, start } = fit(text, spot, lines)
  const changed = text.slice(0, start) + inserted + text.slice(start)
  const [before, after] = [parsePlan(text), parsePlan(changed)]
  // Text that nests too deep can't be read, so nothing shows whether it stays the same.
  const unread = before.problems.filter((one) => one.code === 'too-deep')
  const errors = [...unread, ...newErrors(before, after, text.slice(0, start), inserted)]
  if (errors.length > 0) {
    throw refused(errors.map((one) => formatProblem('PLAN.md', one)).join('\n'))
  }
  const expected = structuredClone(before.plan)
  expect(expected, after.plan)
  if (sketch(expected) !== sketch(after.plan)) {
    throw refused('The addition, or the text around it, would be read differently than written.')
  }
  const line = lineIn(after.plan) ?? 0
  return { text: changed, start, end: start + inserted.length, plan: after.plan, id, line }
}

/** The text to insert, with the file's line endings, and its place in the original text. */
function fit(text: string, { at, gap }: Spot, lines: readonly string[]) {
  const source = normalizeText(text)
  const touches = gap.startsWith('\n\n') && /^\n[ \t]*\S/.test(source.slice(at, at + 1000))
  const inserted = `${gap}${lines.join('\n')}${touches ? '\n' : ''}`
  return { inserted: inserted.replaceAll('\n', lineEnding(text)), start: offsetIn(text, at) }
}

/** The most frequent line ending. */
function lineEnding(text: string): string {
  const both = text.split('\r\n').length - 1
  const feeds = text.split('\n').length - 1 - both
  const returns = text.split('\r').length - 1 - both
  if (both > 0 && both >= feeds && both >= returns) return '\r\n'
  return returns > feeds ? '\r' : '\n'
}

/** Maps an offset in the normalized text to the original text. */
function offsetIn(text: string, offset: number): number {
  let at = text.startsWith('\uFEFF') ? 1 : 0
  for (let count = 0; count < offset; count += 1) at += text.startsWith('\r\n', at) ? 2 : 1
  return at
}

function newErrors(before: ParsedPlan, after: ParsedPlan, above: string, inserted: string): Problem[] {
  const line = countLines(above) + 1
  const shift = countLines(inserted)
  const known = new Set(
    before.problems.map((one) => `${one.code} ${one.line > line ? one.line + shift : one.line}`),
  )
  return after.problems.filter((one) => one.severity === 'error' && !known.has(`${one.code} ${one.line}`))
}

function countLines(text: string): number {
  return normalizeText(text).split('\n').length - 1
}

/** The content of a plan without its line numbers. */
function sketch(plan: Plan): string {
  return JSON.stringify(plan, (key, value: unknown) => {
    if (key === 'line') return undefined
    return typeof value === 'string' ? collapseSpaces(value) : value
  })
}

function asStage(number: number, stage: NewStage): Stage {
  const { name, definition, constitution, questions, batches } = stage
  return {
    id: formatId(number),
    number,
    name,
    line: 0,
    definition,
    constitution,
    questions: questions.map((question) => ({ text: question, line: 0, resolved: false })),
    batches: batches.map((batch, index) => asBatch(formatId(number, index + 1), index + 1, batch)),
  }
}

function asBatch(id: string, number: number, { name, summary, threads }: NewBatch): Batch {
  return {
    id,
    number,
    name,
    line: 0,
    summary,
    threads: threads.map((thread, index) => asThread(`${id}.${formatId(index + 1)}`, index + 1, thread)),
  }
}

function asThread(id: string, number: number, { name, summary, steps }: NewThread): Thread {
  const texts = steps.length > 0 ? steps : [collapseSpaces(summary) || name]
  return {
    id,
    number,
    name,
    line: 0,
    summary,
    details: steps.map((step) => `- [ ] ${step}`).join('\n'),
    steps: texts.map((step) => ({ text: step, line: 0, checked: false })),
  }
}

function batchesOf(plan: Plan): Batch[] {
  return plan.stages.flatMap((stage) => stage.batches)
}

function threadsOf(plan: Plan): Thread[] {
  return batchesOf(plan).flatMap((batch) => batch.threads)
}

function find<Part extends { id: string }>(parts: readonly Part[], id: string): Part {
  const part = parts.find((one) => one.id === id)
  if (part === undefined) throw refused(`The plan has no ${id}.`)
  return part
}

function nextNumber(siblings: readonly { number: number }[]): number {
  return siblings.reduce((most, { number }) => Math.max(most, number), 0) + 1
}

function refused(why: string): WorkError {
  return new WorkError(`This can't be added to PLAN.md; the file was not changed. ${why}`, {
    code: 'edit-refused',
    hint: advice`Leave headings, comments and fences out of names and texts; ${work('validate', 'plan')} shows problems in the plan.`,
  })
}

function badName(why: string): WorkError {
  return new WorkError(why, { code: 'bad-name', hint: 'Quote it: --name "A few words"' })
}
