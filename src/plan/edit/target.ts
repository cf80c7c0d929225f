import { distance } from 'fastest-levenshtein'
import { WorkError } from '../../errors.ts'
import { compareIds, normalizeId, parentId } from '../../ids.ts'
import type { PlanLevel } from '../parse/heading.ts'
import { allThreads, type Batch, type Plan, type Stage, type Thread } from '../plan.ts'

/** How the user names a part of a plan: an id, a number among its siblings, or words of its name. */
export interface TargetWords {
  stage?: string
  batch?: string
  thread?: string
}

/** The named stage. Throws a `WorkError` (`stage-not-found`, `ambiguous`, `usage`) that lists the candidates. */
export function requireStage(plan: Plan, { stage }: TargetWords): Stage {
  return pick('stage', plan.stages, stage)
}

/** The named batch, by an id alone or within a stage. Throws like {@link requireStage}. */
export function requireBatch(plan: Plan, words: TargetWords): Batch {
  const stages = words.stage === undefined ? plan.stages : [requireStage(plan, words)]
  return pick(
    'batch',
    stages.flatMap((stage) => stage.batches),
    words.batch,
  )
}

/** The named thread, by an id alone or within a batch. Throws like {@link requireStage}. */
export function requirePlannedThread(plan: Plan, words: TargetWords): Thread {
  const inBatch = words.batch === undefined ? undefined : requireBatch(plan, words).id
  const inStage = words.stage === undefined ? undefined : requireStage(plan, words).id
  const threads = allThreads(plan).filter(
    ({ stage, batch }) =>
      (inStage === undefined || stage.id === inStage) && (inBatch === undefined || batch.id === inBatch),
  )
  return pick(
    'thread',
    threads.map(({ thread }) => thread),
    words.thread,
  )
}

interface Part {
  id: string
  number: number
  name: string
}

function pick<P extends Part>(level: PlanLevel, parts: readonly P[], word: string | undefined): P {
  if (word === undefined) {
    throw new WorkError(`Which ${level}? There are: ${enumerate(parts)}.`, {
      code: 'usage',
      hint: `--${level} takes an id, a number or words of a name.`,
    })
  }
  const found = match(level, parts, word)
  const [first, ...others] = found
  if (first === undefined) {
    const there = parts.length === 0 ? 'It has none.' : `There are: ${enumerate(near(parts, word))}.`
    throw new WorkError(`There is no ${level} "${word}"${level === 'stage' ? '' : ' there'}. ${there}`, {
      code: `${level}-not-found`,
      hint: `--${level} takes an id, a number or words of a name.`,
    })
  }
  if (others.length === 0) return first
  throw new WorkError(`"${word}" matches several: ${enumerate(found)}.`, {
    code: 'ambiguous',
    hint: `--${level} ${first.id}`,
  })
}

/** Tries in this order: id, number, the full name, part of the name. */
function match<P extends Part>(level: PlanLevel, parts: readonly P[], word: string): P[] {
  const id = normalizeId(word, level)
  const wanted = word.trim().toLowerCase()
  if (wanted === '') return []
  const ways: ((part: P) => boolean)[] = [
    (part) => part.id === id,
    (part) => /^\d+$/.test(wanted) && part.number === Number(wanted),
    (part) => part.name.toLowerCase() === wanted,
    (part) => !/^[\d.]+$/.test(wanted) && part.name.toLowerCase().includes(wanted),
  ]
  return ways.map((way) => parts.filter(way)).find((found) => found.length > 0) ?? []
}

/** For an id, the parts of the same parent; for a name, the most similar names. */
function near<P extends Part>(parts: readonly P[], word: string): P[] {
  const id = normalizeId(word, 'thread') ?? normalizeId(word, 'batch')
  for (const level of ['batch', 'stage'] as const) {
    const above = id === undefined ? undefined : parentId(id, level)
    const found = parts.filter((part) => above !== undefined && part.id.startsWith(`${above}.`))
    if (found.length > 0) return found
  }
  if (/^[\d.]*$/.test(word)) return parts.toSorted((left, right) => compareIds(left.id, right.id))
  const farOf = ({ name }: Part) => distance(name.toLowerCase(), word.toLowerCase())
  return parts.toSorted((left, right) => farOf(left) - farOf(right) || compareIds(left.id, right.id))
}

function enumerate(parts: readonly Part[]): string {
  const shown = parts.slice(0, 8).map(({ id, name }) => `${id} ${name}`)
  return `${shown.join(', ')}${parts.length > 8 ? ', …' : ''}`
}
