import { type Kind, depths, formatHeading, labelOf } from './heading.ts'
import type { Problem } from '../problem.ts'

/** The problem with the heading of a stage, batch or thread, and the correct form. */
export function headingProblem(line: number, heading: Kind<'level'>): Problem | undefined {
  const { level, number, name, flaw } = heading
  const what = number === undefined ? `This ${level}` : labelOf(level, number)
  const right = `"${formatHeading(level, number ?? 1, name)}"`
  if (flaw === 'depth') {
    const message = `${what} has the wrong heading level: a ${level} has ${depths[level]} "#".`
    return { severity: 'error', code: 'heading-level', line, message, hint: `Write ${right}.` }
  }
  if (flaw === 'form') {
    const lacks = number === undefined ? 'has no number' : 'is not a valid heading'
    return {
      severity: 'error',
      code: 'heading-form',
      line,
      message: `${what} ${lacks}.`,
      hint: `Write ${right}.`,
    }
  }
  if (name !== '') return undefined
  const hint = `Describe it in a few words: ${right}.`
  return { severity: 'error', code: 'empty-name', line, message: `${what} has no name yet.`, hint }
}
