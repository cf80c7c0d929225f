import { WorkError } from './errors.ts'
import { advice, work } from './text/hint.ts'

/** The four levels of a plan, from the outside in; an id has one number per level. */
export const levels = ['stage', 'batch', 'thread', 'task'] as const
export type Level = (typeof levels)[number]

/** Ids as they are written: nearly all that are read, so they get a way of their own. */
const padded = {
  stage: /^\d\d$/,
  batch: /^\d\d\.\d\d$/,
  thread: /^\d\d\.\d\d\.\d\d$/,
  task: /^\d\d\.\d\d\.\d\d\.\d\d$/,
}

/** Joins numbers to a padded id: `formatId(1, 2, 3)` is `01.02.03`. */
export function formatId(...numbers: number[]): string {
  return numbers.map((number) => String(number).padStart(2, '0')).join('.')
}

/** `1.1.2` or `01.01.02` → `01.01.02`; undefined when it is not an id of that level. */
export function normalizeId(text: string, level: Level): string | undefined {
  if (padded[level].test(text)) return text
  const parts = text.trim().split('.')
  if (parts.length !== levels.indexOf(level) + 1) return undefined
  if (!parts.every((part) => /^\d{1,9}$/.test(part))) return undefined
  return formatId(...parts.map(Number))
}

/** Like {@link normalizeId}, for what a user typed: throws a `WorkError` (`bad-id`) that shows the form. */
export function requireId(text: string, level: Level): string {
  const id = normalizeId(text, level)
  if (id !== undefined) return id
  const example = formatId(...levels.slice(0, levels.indexOf(level) + 1).map((_, depth) => depth + 1))
  throw new WorkError(`"${text}" is not a ${level} id. Expected the form ${example}.`, {
    code: 'bad-id',
    hint:
      level === 'task' ? advice`${work('list')} shows every task.` : advice`${work('tree')} shows every id.`,
  })
}

/** The id one level up, or further: `parentId('01.02.03.04', 'batch')` is `01.02`. */
export function parentId(id: string, level: Level): string {
  let end = -1
  for (let left = levels.indexOf(level) + 1; left > 0; left -= 1) {
    end = id.indexOf('.', end + 1)
    if (end === -1) return id
  }
  return id.slice(0, end)
}

/** The last number of an id: 3 for `01.02.03`. */
export function lastNumber(id: string): number {
  return Number(id.slice(id.lastIndexOf('.') + 1))
}

/** Whether a thread comes before another one of the same batch: its work is then merged first. */
export function isEarlierInBatch(id: string, than: string): boolean {
  return parentId(id, 'batch') === parentId(than, 'batch') && compareIds(id, than) < 0
}

/** Orders ids by their numbers, so that `02` comes before `10` and `99` before `100`. */
export function compareIds(left: string, right: string): number {
  // Two task ids without a number above 99 are ordered as texts: a workstream has thousands of them.
  if (padded.task.test(left) && padded.task.test(right)) return left < right ? -1 : Number(left > right)
  const lefts = left.split('.')
  const rights = right.split('.')
  for (let level = 0; level < Math.min(lefts.length, rights.length); level += 1) {
    const difference = Number(lefts[level]) - Number(rights[level])
    if (difference !== 0) return difference
  }
  return lefts.length - rights.length
}

/** Whether `id` is `ancestor` itself or lies below it: `01.02.03` is under `01.02` and under `01`. */
export function isUnder(id: string, ancestor: string): boolean {
  return id === ancestor || id.startsWith(`${ancestor}.`)
}
