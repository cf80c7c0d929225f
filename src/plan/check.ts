import { isClosed } from '../../machines/statuses.ts'
import { readItem } from './parse/items.ts'
import { parseBlocks } from './parse/block-parser.ts'
import { descendants } from './parse/markdown.ts'
import { type Plan, type PlanQuestion, type Stage, allThreads } from './plan.ts'
import { type Problem, sortProblems } from './problem.ts'
import { normalizeText } from './parse/source.ts'

/** Unticked questions, each with the id of its stage. They block approval. */
export function openQuestions(plan: Plan): (PlanQuestion & { stage: string })[] {
  return plan.stages.flatMap((stage) =>
    stage.questions
      .filter((question) => !question.resolved && question.text !== '')
      .map((question) => ({ ...question, stage: stage.id })),
  )
}

/**
 * Warnings for a plan that parses: open questions, boxes that don't become tasks, and inputs that do not exist.
 * `fileExists` gets paths as written in the plan.
 */
export function checkPlan(text: string, plan: Plan, fileExists: (path: string) => boolean): Problem[] {
  const source = normalizeText(text)
  return sortProblems([
    ...openQuestions(plan).map((question) => openQuestion(question)),
    ...idleBoxes(source, plan),
    ...missingInputs(source, plan, fileExists),
  ])
}

function openQuestion({ text, line, stage }: PlanQuestion & { stage: string }): Problem {
  return {
    severity: 'warning',
    code: 'open-question',
    line,
    message: `Stage ${stage} asks: "${text}"`,
    hint: 'Write the answer after it and tick it: "- [x] …".',
  }
}

/** Open boxes that are neither a question nor a step: below another box, or where no tasks are read. */
function idleBoxes(source: string, plan: Plan): Problem[] {
  const questions = plan.stages.flatMap((stage) => stage.questions.map((question) => question.line))
  const steps = allThreads(plan).flatMap(({ thread }) => thread.steps.map((step) => step.line))
  const used = new Set([...questions, ...steps])
  const problems: Problem[] = []
  for (const node of descendants(parseBlocks(source))) {
    if (node.type !== 'listItem') continue
    const { text, line, status } = readItem(source, node)
    if (status === undefined || isClosed(status) || text === '' || used.has(line)) continue
    problems.push({
      severity: 'warning',
      code: 'idle-box',
      line,
      message: `The box "${text}" does not become a task.`,
      hint: 'If it is work to do, move it into the details of a thread, not below another box.',
    })
  }
  return problems
}

function missingInputs(source: string, plan: Plan, fileExists: (path: string) => boolean): Problem[] {
  const lines = source.split('\n')
  return plan.stages.flatMap((stage, index) => {
    const last = plan.stages[index + 1]?.line ?? lines.length + 1
    const missing = inputPaths(stage).filter((path) => !fileExists(path))
    const lineOf = firstLines(lines.slice(stage.line, last - 1), missing)
    return missing.map((path): Problem => {
      return {
        severity: 'warning',
        code: 'missing-input',
        line: stage.line + 1 + (lineOf.get(path) ?? -1),
        message: `Stage ${stage.id} lists the input ${path}, which does not exist.`,
        hint: 'Correct the path, or say which stage creates it.',
      }
    })
  })
}

/** The index of the first line that names each path, from 0. */
function firstLines(lines: readonly string[], paths: readonly string[]): Map<string, number> {
  const wanted = new Set(paths)
  const found = new Map<string, number>()
  for (const [index, line] of lines.entries()) {
    for (const path of findPaths(line)) if (wanted.delete(path)) found.set(path, index)
  }
  return found
}

/** The paths between the label `Inputs:` and the constitution's next label, without duplicates. */
function inputPaths(stage: Stage): string[] {
  const paths = new Set<string>()
  let isInputs = false
  for (const line of stage.constitution.split('\n')) {
    const label = /^\s*[*_]{0,3}(\w[\w ]{0,30}):/.exec(line)?.[1]
    if (label !== undefined) isInputs = label.toLowerCase() === 'inputs'
    if (isInputs) for (const path of findPaths(line)) paths.add(path)
  }
  return [...paths]
}

/**
 * Words with a slash that end in a slash or in a file name with an extension. URLs, patterns and paths outside the
 * repository are left out.
 */
function findPaths(line: string): string[] {
  return line
    .split(/[\s`'"(),;]+/)
    .map((word) => withoutLine(word.replace(/[.:]$/, '')))
    .filter((word) => /^[\w.][^*?<>{}|$]*\/(?:[^/*?<>{}|$]*\.\w+)?$/.test(word) && !word.includes('//'))
}

/** `a/b.ts` of `a/b.ts:12` */
function withoutLine(path: string): string {
  const colon = path.indexOf(':', path.lastIndexOf('/') + 1)
  return colon === -1 ? path : path.slice(0, colon)
}
