import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes, WorkError } from '../errors.ts'
import { checkPlan } from '../plan/check.ts'
import { parsePlan } from '../plan/parse.ts'
import { formatProblem, sortProblems, type Problem } from '../plan/problem.ts'
import { plainText } from '../ui/text.ts'
import { openStream, readPlanText, type CommonOptions } from './context.ts'
import { outputStyle, print, printJson } from './output.ts'

/** `work validate plan`: what of PLAN.md can't be used or is likely meant otherwise. */
export function validate(what: string | undefined, options: CommonOptions): number {
  requirePlan('validate', what)
  const context = openStream(options)
  const { problems } = parsePlan(readPlanText(context))
  return report(context.entry.id, problems, options)
}

/** `work check plan`: the same, and what a careful reader would ask. */
export function check(what: string | undefined, options: CommonOptions): number {
  requirePlan('check', what)
  const context = openStream(options)
  const text = readPlanText(context)
  const { plan, problems } = parsePlan(text)
  const questions = checkPlan(text, plan, (path) => existsSync(join(context.workspace.root, path)))
  return report(context.entry.id, sortProblems([...problems, ...questions]), options)
}

function requirePlan(command: string, what = 'plan'): void {
  if (what === 'plan') return
  throw new WorkError(`work ${command} takes "plan", not "${what}".`, {
    code: 'usage',
    hint: `work ${command} plan`,
  })
}

/** Warnings alone leave a plan valid: they may be meant. */
function report(streamId: string, problems: Problem[], { json }: CommonOptions): number {
  const errors = problems.filter((problem) => problem.severity === 'error').length
  const valid = errors === 0
  if (json === true) printJson({ valid, problems })
  else print([...problems.map(describe), summarize(streamId, errors, problems.length - errors)])
  return valid ? 0 : exitCodes.unfinished
}

/** The place comes first, in the form that editors and terminals make a link of. */
function describe(problem: Problem): string {
  const { colors } = outputStyle()
  const text = formatProblem('PLAN.md', {
    ...problem,
    message: `${problem.severity}: ${problem.message}`,
  })
  return (problem.severity === 'error' ? colors.red : colors.yellow)(plainText(text))
}

function summarize(streamId: string, errors: number, warnings: number): string {
  const counts = [amount(errors, 'error'), amount(warnings, 'warning')].filter((text) => text !== '')
  if (errors > 0) return `The plan of ${streamId} has ${counts.join(' and ')}.`
  return `The plan of ${streamId} is valid${warnings > 0 ? `, with ${counts.join('')}` : ''}.`
}

function amount(count: number, word: string): string {
  return count === 0 ? '' : `${count} ${word}${count === 1 ? '' : 's'}`
}
