import type { Level } from '../../ids.ts'
import type { Heading } from './markdown.ts'
import { lineOf } from './source.ts'

/** The plan levels that have a heading. Tasks have none. */
export type PlanLevel = Exclude<Level, 'task'>

/** The kinds of H4 in a stage. `other` is unknown to `work`. */
export type Part = 'definition' | 'constitution' | 'questions' | 'batches' | 'other'

/** A heading that has a meaning in a plan. */
export type PlanHeading =
  | { kind: 'plan'; name: string }
  | { kind: 'region'; region: 'summary' | 'references' | 'stages' | 'other' }
  | { kind: 'part'; part: Part; title: string }
  | { kind: 'level'; level: PlanLevel; number: number | undefined; name: string; flaw: Flaw }

/** A heading of one kind. */
export type Kind<K extends PlanHeading['kind']> = Extract<PlanHeading, { kind: K }>

/** Why a heading is not what it looks like. */
type Flaw = 'none' | 'depth' | 'form'

/** The number of `#` for each level. */
export const depths = { stage: 3, batch: 5, thread: 6 } as const

/** The correct heading: `##### Batch 02: Tests`. */
export function formatHeading(level: PlanLevel, number: number, name: string): string {
  return `${'#'.repeat(depths[level])} ${labelOf(level, number)}: ${name === '' ? '…' : name}`
}

/** The label shown to users: `Batch 02`. */
export function labelOf(level: PlanLevel, number: number): string {
  return `${level[0]?.toUpperCase()}${level.slice(1)} ${String(number).padStart(2, '0')}`
}

/** Determines the meaning of a heading in a plan; undefined if it is ordinary text. */
export function readHeading(source: string, node: Heading): PlanHeading | undefined {
  const title = lineOf(source, node)
  const level = readLevel(node.depth, title)
  if (level !== undefined) return level
  if (node.depth === 1) return readPlanName(title)
  if (node.depth === 2) return { kind: 'region', region: readRegion(title) }
  if (node.depth === 4) return { kind: 'part', part: readPart(title), title }
  return undefined
}

/**
 * Reads the correct form first. Then forms with a mistake: another sign after the number, or none. Last, and only at
 * the depth of that level, a number before other words or no number: `Stage 3 is hard`, `Thread A: …`, `Batch`.
 */
function readLevel(depth: number, title: string): PlanHeading | undefined {
  const exact = matchLevel(/^(?<level>stage|batch|thread)\s+(?<number>\d{1,9}):(?<name>.*)$/is, title)
  if (exact !== undefined) return { ...exact, flaw: depths[exact.level] === depth ? 'none' : 'depth' }
  const bare = /^\*\*(.*)\*\*$/s.exec(title)?.[1] ?? title
  const signed = matchLevel(
    /^(?<level>stage|batch|thread)\s*#?(?<number>\d{1,9})\s*(?:[:.)\-–—](?!\d)(?<name>.*))?$/is,
    bare,
  )
  if (signed !== undefined) return signed
  const loose =
    matchLevel(/^(?<level>stage|batch|thread)\s+#?(?<number>\d{1,9})(?![\d.\w])(?<name>.*)$/is, bare) ??
    matchLevel(/^(?<level>stage|batch|thread)(?:\s+[^\s:]{1,20})?\s*:(?<name>.*)$/is, bare) ??
    matchLevel(/^(?<level>stage|batch|thread)(?: [-–—] (?<name>.*))?$/is, bare)
  return loose !== undefined && depths[loose.level] === depth ? loose : undefined
}

function matchLevel(pattern: RegExp, title: string) {
  const groups = pattern.exec(title)?.groups
  if (groups === undefined) return undefined
  const level = wordLevel(groups['level']?.toLowerCase())
  const number = groups['number'] === undefined ? undefined : Number(groups['number'])
  return { kind: 'level', level, number, name: (groups['name'] ?? '').trim(), flaw: 'form' } as const
}

function wordLevel(word: string | undefined): PlanLevel {
  if (word === 'stage' || word === 'batch') return word
  return 'thread'
}

function readPlanName(title: string): PlanHeading | undefined {
  const match = /^plan:(.*)$/is.exec(title)
  return match === null ? undefined : { kind: 'plan', name: (match[1] ?? '').trim() }
}

function readRegion(title: string) {
  const word = title.toLowerCase().replace(/:$/, '')
  return word === 'summary' || word === 'references' || word === 'stages' ? word : 'other'
}

/** Looks for the word anywhere in the title, so that `Stage Definition` and `Definition` are the same. */
function readPart(title: string): Part {
  const words = title.toLowerCase()
  if (words.includes('definition')) return 'definition'
  if (words.includes('constitution')) return 'constitution'
  if (words.includes('questions')) return 'questions'
  return words.includes('batches') || words.includes('threads') ? 'batches' : 'other'
}
