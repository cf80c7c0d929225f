/** Something in PLAN.md or TASKS.md that its author should know. An error forbids approval, a warning does not. */
export interface Problem {
  severity: 'error' | 'warning'
  /** A stable kebab-case word for scripts, e.g. `duplicate-number`. */
  code: string
  /** From 1. */
  line: number
  /** A sentence: what was found. */
  message: string
  /** A sentence: what to do about it. */
  hint: string
}

/** `PLAN.md:42: Batch 02 has no threads. Add "###### Thread 01: …" or remove the batch.` */
export function formatProblem(file: string, problem: Problem): string {
  return `${file}:${problem.line}: ${problem.message} ${problem.hint}`
}

/** The problems in the order of the file; those of one line stay in the order in which they were found. */
export function sortProblems(problems: Problem[]): Problem[] {
  return problems.toSorted((left, right) => left.line - right.line)
}
