import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes, WorkError } from '../../../errors.ts'
import { checkPlan } from '../../../plan/check.ts'
import { describeDifferences, factsOf, suggestAnswers } from '../../../approval/changes/describe.ts'
import { compareWithTasks } from '../../../approval/changes/plan-changes.ts'
import type { Difference } from '../../../plan/compare/compare.ts'
import { parsePlan, type ParsedPlan } from '../../../plan/parse/parse.ts'
import type { Plan } from '../../../plan/plan.ts'
import { formatProblem, sortProblems, type Problem } from '../../../plan/problem.ts'
import { plainText } from '../../../text/sanitize.ts'
import { openStream, readPlanText, type CommonOptions, type StreamContext } from '../../context.ts'
import { outputStyle, print, printJson, say } from '../../output.ts'
import { commandText, work } from '../../../text/hint.ts'

/** `work validate plan`: what of PLAN.md can't be used or is likely meant otherwise. */
export function validate(what: string | undefined, options: CommonOptions): number {
  requirePlan('validate', what)
  const context = openStream(options)
  const { plan, problems } = parsePlan(readPlanText(context))
  return report(context, { plan, problems }, options)
}

/** `work check plan`: the same, and what a careful reader would ask. */
export function check(what: string | undefined, options: CommonOptions): number {
  requirePlan('check', what)
  const context = openStream(options)
  const text = readPlanText(context)
  const { plan, problems } = parsePlan(text)
  const questions = checkPlan(text, plan, (path) => existsSync(join(context.workspace.root, path)))
  return report(context, { plan, problems: sortProblems([...problems, ...questions]) }, options)
}

function requirePlan(name: string, what = 'plan'): void {
  if (what === 'plan') return
  throw new WorkError(`${commandText(work(name))} takes "plan", not "${what}".`, {
    code: 'usage',
    hint: work(name, 'plan'),
  })
}

/** Warnings alone leave a plan valid: they may be meant. What changed under recorded threads has to be decided first. */
function report(context: StreamContext, { plan, problems }: ParsedPlan, { json }: CommonOptions): number {
  const errors = problems.filter((problem) => problem.severity === 'error').length
  const differences = errors === 0 ? differencesOf(context, plan) : []
  const isOpen = differences.some((one) => one.isOpen)
  const isSame = differences.every(({ kind }) => kind === 'kept')
  const valid = errors === 0 && !isOpen
  if (json === true) {
    const facts = differences.flatMap(factsOf)
    printJson({ valid, problems, ...(facts.length === 0 ? {} : { differences: facts }) })
  } else {
    const { colors } = outputStyle()
    const lines = isSame
      ? []
      : ['Compared with what is recorded in tasks.json:', ...describeDifferences(differences)]
    print([
      ...problems.map(describe),
      ...lines.map((line) => plainText(line)),
      isOpen
        ? colors.red(
            `The plan of ${context.entry.id} has changed under recorded threads. Approve it with an answer for each of them:`,
          )
        : summarize(context.entry.id, errors, problems.length - errors),
      ...(isOpen ? [{ next: work('approve', 'plan', ...suggestAnswers(differences)) }] : []),
    ])
  }
  return valid ? 0 : exitCodes.unfinished
}

/** A tasks.json that can't be read keeps nobody from looking at the plan. */
function differencesOf({ tasks }: StreamContext, plan: Plan): Difference[] {
  try {
    const file = tasks.read()
    return file.tasks.length === 0 ? [] : compareWithTasks(file, plan)
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    say(plainText(`Warning: ${error.message} The plan was not compared with it.`))
    return []
  }
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
