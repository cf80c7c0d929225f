import { type PlanLevel, formatHeading, labelOf } from './heading.ts'
import type { Plan } from './plan.ts'
import type { Problem } from './problem.ts'

interface Numbered {
  number: number
  line: number
}

/** What is wrong with the plan as a whole: numbers that collide or go back, stages and batches that hold nothing. */
export function checkStructure(plan: Plan): Problem[] {
  const batches = plan.stages.flatMap((stage) => stage.batches)
  return [
    ...checkNumbers('stage', plan.stages),
    ...plan.stages.flatMap((stage) => checkNumbers('batch', stage.batches)),
    ...batches.flatMap((batch) => checkNumbers('thread', batch.threads)),
    ...plan.stages
      .filter((stage) => stage.batches.length === 0)
      .map((stage) => holdsNothing('stage', stage, 'batches', formatHeading('batch', 1, ''))),
    ...batches
      .filter((batch) => batch.threads.length === 0)
      .map((batch) => holdsNothing('batch', batch, 'threads', formatHeading('thread', 1, ''))),
  ]
}

/** The numbers of siblings are their ids and, for stages and batches, their order; they start at 0 or 1. */
function checkNumbers(level: PlanLevel, siblings: readonly Numbered[]): Problem[] {
  const problems: Problem[] = []
  const lines = new Map<number, number>()
  let highest = 0
  for (const { number, line } of siblings) {
    const label = labelOf(level, number)
    const taken = lines.get(number)
    if (taken !== undefined) {
      const message = `${label} stands on line ${taken} already; both would get the same id.`
      problems.push({
        severity: 'error',
        code: 'duplicate-number',
        line,
        message,
        hint: 'Give it a number of its own.',
      })
    } else if (number < highest) {
      problems.push(outOfOrder(level, number, line, highest))
    } else if (number > highest + 1) {
      const message = `${label} comes where ${labelOf(level, highest + 1)} was expected.`
      problems.push({
        severity: 'warning',
        code: 'number-gap',
        line,
        message,
        hint: 'Renumber it if none is missing.',
      })
    }
    if (taken === undefined) lines.set(number, line)
    highest = Math.max(highest, number)
  }
  return problems
}

/** Threads run side by side, so their order hurts nobody. */
function outOfOrder(level: PlanLevel, number: number, line: number, highest: number): Problem {
  return {
    severity: level === 'thread' ? 'warning' : 'error',
    code: 'out-of-order',
    line,
    message: `${labelOf(level, number)} stands below ${labelOf(level, highest)}.`,
    hint: 'Move it up or renumber it, so that the numbers say in which order the work is done.',
  }
}

function holdsNothing(level: PlanLevel, { number, line }: Numbered, what: string, example: string): Problem {
  return {
    severity: 'error',
    code: `${level}-without-${what}`,
    line,
    message: `${labelOf(level, number)} has no ${what}.`,
    hint: `Add "${example}" or remove the ${level}.`,
  }
}
