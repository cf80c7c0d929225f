import { type Kind, depths, formatHeading, labelOf } from './heading.ts'
import type { Problem } from './problem.ts'

/** What is wrong with the heading of a stage, batch or thread by itself, and how it should read. */
export function headingProblem(line: number, heading: Kind<'level'>): Problem | undefined {
  const { level, number, name, flaw } = heading
  const what = number === undefined ? `This ${level}` : labelOf(level, number)
  const right = `"${formatHeading(level, number ?? 1, name)}"`
  if (flaw === 'depth') {
    const message = `${what} is a heading of the wrong level: a ${level} has ${depths[level]} "#".`
    return { severity: 'error', code: 'heading-level', line, message, hint: `Write ${right}.` }
  }
  if (flaw === 'form') {
    const lacks = number === undefined ? 'has no number' : 'is not written as a heading of the plan'
    return {
      severity: 'error',
      code: 'heading-form',
      line,
      message: `${what} ${lacks}.`,
      hint: `Write ${right}.`,
    }
  }
  if (name !== '') return undefined
  const hint = `Say in a few words what it is: ${right}.`
  return { severity: 'error', code: 'empty-name', line, message: `${what} has no name yet.`, hint }
}
