import { type PlanLevel, formatHeading, labelOf } from './heading.ts'
import type { Plan } from '../plan.ts'
import type { Problem } from '../problem.ts'

interface Numbered {
  number: number
  line: number
}

/** Problems of the plan as a whole: duplicate or descending numbers, empty stages and batches. */
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

/** Sibling numbers are their ids and, for stages and batches, their order. They start at 0 or 1. */
function checkNumbers(level: PlanLevel, siblings: readonly Numbered[]): Problem[] {
  const problems: Problem[] = []
  const lines = new Map<number, number>()
  let highest = 0
  for (const { number, line } of siblings) {
    const label = labelOf(level, number)
    const taken = lines.get(number)
    if (taken !== undefined) {
      const message = `${label} is already on line ${taken}; both would get the same id.`
      problems.push({
        severity: 'error',
        code: 'duplicate-number',
        line,
        message,
        hint: 'Give it another number.',
      })
    } else if (number < highest) {
      problems.push(outOfOrder(level, number, line, highest))
    } else if (number > highest + 1) {
      const message = `${label} found where ${labelOf(level, highest + 1)} was expected.`
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

/** Threads run in parallel, so their order does not matter. */
function outOfOrder(level: PlanLevel, number: number, line: number, highest: number): Problem {
  return {
    severity: level === 'thread' ? 'warning' : 'error',
    code: 'out-of-order',
    line,
    message: `${labelOf(level, number)} is below ${labelOf(level, highest)}.`,
    hint: 'Move it up or renumber it, so that the numbers match the order of the work.',
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
