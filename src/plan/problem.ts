/** A problem in PLAN.md or TASKS.md. An error prevents approval, a warning does not. */
export interface Problem {
  severity: 'error' | 'warning'
  /** A stable kebab-case code for scripts, such as `duplicate-number`. */
  code: string
  /** From 1. */
  line: number
  /** One sentence: what was found. */
  message: string
  /** One sentence: what to do about it. */
  hint: string
}

/** `PLAN.md:42: Batch 02 has no threads. Add "###### Thread 01: …" or remove the batch.` */
export function formatProblem(file: string, problem: Problem): string {
  return `${file}:${problem.line}: ${problem.message} ${problem.hint}`
}

/** Sorts problems by line, keeping the order within a line. */
export function sortProblems(problems: Problem[]): Problem[] {
  return problems.toSorted((left, right) => left.line - right.line)
}
