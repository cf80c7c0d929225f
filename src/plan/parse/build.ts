import { formatId } from '../../ids.ts'
import { headingProblem } from './heading-problem.ts'
import { type Kind, type Part, formatHeading, labelOf } from './heading.ts'
import { listItems } from './items.ts'
import type { Section } from './outline.ts'
import { fillPart } from './part.ts'
import type { Batch, Plan, Stage } from '../plan.ts'
import type { Problem } from '../problem.ts'
import { joinTexts, collapseSpaces, sliceNodes } from './source.ts'
import { readThread } from './thread.ts'

type Region = Kind<'region'>['region']

/**
 * Builds a plan from its sections. A heading with a flaw is reported and then read as what it was meant to be, so that
 * one mistake causes one problem and the text below it is still read.
 */
export class PlanBuilder {
  readonly plan: Plan = { name: '', line: 0, summary: '', references: [], stages: [] }
  readonly problems: Problem[] = []
  /** The line of `## Summary`, or 0. */
  summaryLine = 0
  readonly #source: string
  readonly #hasStages: boolean
  /** The highest number among the stages, or among the batches or threads of one parent. */
  readonly #highest = new WeakMap<object, number>()
  #region: Region | 'none' = 'none'
  #stage: Stage | undefined
  #part: Part | 'none' = 'none'
  #batch: Batch | undefined
  /** Below a stage outside of `## Stages`. That stage is reported once, together with everything in it. */
  #isOutside = false

  constructor(source: string, sections: readonly Section[]) {
    this.#source = source
    this.#hasStages = sections.some(({ heading }) => heading.kind === 'region' && heading.region === 'stages')
    for (const section of sections) this.#add(section)
  }

  #add(section: Section): void {
    const { heading } = section
    if (heading.kind === 'plan') this.#addName(section, heading)
    else if (heading.kind === 'region') this.#addRegion(section, heading)
    else if (heading.kind === 'part') this.#addPart(section, heading)
    else this.#addLevel(section, heading)
  }

  #addName(section: Section, heading: Kind<'plan'>): void {
    if (this.plan.line === 0) {
      this.plan.name = heading.name
      this.plan.line = section.line
      if (heading.name === '')
        this.#error('empty-name', section.line, 'The plan has no name.', 'Write "# Plan: …".')
      return
    }
    this.#warn(
      'second-plan',
      section.line,
      `The plan already has a name on line ${this.plan.line}; this one is ignored.`,
      'Keep one "# Plan: …" per file.',
    )
  }

  #addRegion(section: Section, heading: Kind<'region'>): void {
    this.#region = heading.region
    this.#stage = undefined
    this.#batch = undefined
    this.#isOutside = false
    if (heading.region === 'summary') {
      this.summaryLine ||= section.line
      this.plan.summary = joinTexts([this.plan.summary, this.#textOf(section)])
    }
    if (heading.region !== 'references') return
    for (const reference of this.#readReferences(section)) this.plan.references.push(reference)
  }

  #addPart(section: Section, heading: Kind<'part'>): void {
    this.#part = heading.part
    this.#batch = undefined
    if (this.#stage === undefined) return
    for (const problem of fillPart(this.#source, this.#stage, section, heading)) this.problems.push(problem)
  }

  #addLevel(section: Section, heading: Kind<'level'>): void {
    const flaw = headingProblem(section.line, heading)
    if (flaw !== undefined) this.problems.push(flaw)
    if (heading.level === 'stage') this.#addStage(section, heading)
    else if (this.#isOutside) return
    else if (heading.level === 'batch') this.#addBatch(section, heading)
    else this.#addThread(section, heading)
  }

  #addStage(section: Section, heading: Kind<'level'>): void {
    this.#batch = undefined
    this.#part = 'none'
    this.#isOutside = this.#region !== 'stages' && this.#hasStages
    if (this.#isOutside) {
      this.#stage = undefined
      this.#error(
        'stage-outside-stages',
        section.line,
        `${labelOf('stage', heading.number ?? 0)} is not below "## Stages", so it is not part of the plan.`,
        'Move it there, or put it in a code fence if it is only an example.',
      )
      return
    }
    if (this.#region !== 'stages' && this.plan.stages.length === 0) {
      const hint = 'They are used anyway; write "## Stages" above the first one.'
      this.#warn('no-stages-heading', section.line, 'There is no "## Stages" above the stages.', hint)
    }
    const number = heading.number ?? this.#nextNumber(this.plan.stages)
    this.#openStage(number, heading.name, section.line).definition = this.#textOf(section)
  }

  #addBatch(section: Section, heading: Kind<'level'>): void {
    const stage = this.#stageFor(section, heading)
    if (this.#part !== 'batches' && heading.flaw === 'none') {
      this.#warn(
        'batch-outside-batches',
        section.line,
        `${labelOf('batch', heading.number ?? 0)} is not below "#### Stage Batches".`,
        'It is used anyway; write that heading above the first batch of the stage.',
      )
    }
    this.#part = 'batches'
    const number = heading.number ?? this.#nextNumber(stage.batches)
    this.#openBatch(stage, number, heading.name, section.line).summary = this.#textOf(section)
  }

  #addThread(section: Section, heading: Kind<'level'>): void {
    const batch = this.#batch ?? this.#batchFor(section, heading)
    const number = heading.number ?? this.#nextNumber(batch.threads)
    const { line } = section
    const { problems, ...text } = readThread(this.#source, section.body, heading.name, line)
    for (const problem of problems) this.problems.push(problem)
    if (text.summary === '' && text.details === '' && heading.name !== '') {
      const message = `${labelOf('thread', number)} has no description.`
      this.#warn('empty-thread', line, message, 'Write what to do below **Summary:** and **Details:**.')
    }
    this.#noteNumber(batch.threads, number)
    batch.threads.push({ id: `${batch.id}.${formatId(number)}`, number, name: heading.name, line, ...text })
  }

  /** The stage for a batch or a thread. If there is none here, reports an error and opens a stage without a name. */
  #stageFor({ line }: Section, heading: Kind<'level'>): Stage {
    if (this.#stage !== undefined) return this.#stage
    if (heading.flaw === 'none') {
      const message = `${labelOf(heading.level, heading.number ?? 0)} is not in a stage.`
      this.#error(
        `${heading.level}-outside-stage`,
        line,
        message,
        `Write "${formatHeading('stage', 1, '')}" above it.`,
      )
    }
    this.#part = 'batches'
    return this.#openStage(this.plan.stages.length === 0 ? 0 : this.#nextNumber(this.plan.stages), '', line)
  }

  #batchFor(section: Section, heading: Kind<'level'>): Batch {
    const isInStage = this.#stage !== undefined
    const stage = this.#stageFor(section, heading)
    if (isInStage && heading.flaw === 'none') {
      const message = `${labelOf('thread', heading.number ?? 0)} is not in a batch.`
      const hint = `Write "${formatHeading('batch', this.#nextNumber(stage.batches), '')}" above it.`
      this.#error('thread-outside-batch', section.line, message, hint)
    }
    return this.#openBatch(stage, this.#nextNumber(stage.batches), '', section.line)
  }

  #openStage(number: number, name: string, line: number): Stage {
    const stage = { id: formatId(number), number, name, line, definition: '', constitution: '' }
    this.#stage = { ...stage, questions: [], batches: [] }
    this.#noteNumber(this.plan.stages, number)
    this.plan.stages.push(this.#stage)
    return this.#stage
  }

  #openBatch(stage: Stage, number: number, name: string, line: number): Batch {
    this.#batch = { id: formatId(stage.number, number), number, name, line, summary: '', threads: [] }
    this.#noteNumber(stage.batches, number)
    stage.batches.push(this.#batch)
    return this.#batch
  }

  #nextNumber(siblings: object): number {
    return (this.#highest.get(siblings) ?? 0) + 1
  }

  #noteNumber(siblings: object, number: number): void {
    this.#highest.set(siblings, Math.max(number, this.#nextNumber(siblings) - 1))
  }

  #readReferences(section: Section): string[] {
    const texts = section.body.flatMap((block) =>
      block.type === 'list'
        ? listItems(this.#source, [block]).map((item) => item.text)
        : [collapseSpaces(sliceNodes(this.#source, [block]))],
    )
    return texts.filter((text) => text !== '')
  }

  #textOf(section: Section): string {
    return sliceNodes(this.#source, section.body)
  }

  #error(code: string, line: number, message: string, hint: string): void {
    this.problems.push({ severity: 'error', code, line, message, hint })
  }

  #warn(code: string, line: number, message: string, hint: string): void {
    this.problems.push({ severity: 'warning', code, line, message, hint })
  }
}
