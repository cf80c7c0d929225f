import { PlanBuilder } from './build.ts'
import { findHiddenHeadings } from './hidden.ts'
import { maxNesting } from './block-parser.ts'
import { findDeepLines, parseBlocks } from './block-parser.ts'
import { type Block, rangeOf } from './markdown.ts'
import { splitSections } from './outline.ts'
import type { Plan } from '../plan.ts'
import { type Problem, sortProblems } from '../problem.ts'
import { lineOf, normalizeText } from './source.ts'
import { checkStructure } from './structure.ts'

/** A plan and all its problems, sorted by line. */
export interface ParsedPlan {
  plan: Plan
  problems: Problem[]
}

/** Parses PLAN.md. Never throws: whatever can't be used becomes a problem with a hint. */
export function parsePlan(text: string): ParsedPlan {
  const source = normalizeText(text)
  const blocks = parseBlocks(source)
  const { plan, problems, summaryLine } = new PlanBuilder(source, splitSections(source, blocks))
  if (blocks.length === 0) return { plan: { ...plan, line: 1 }, problems: [emptyPlan()] }

  if (plan.line === 0) problems.push(nameLikely(source, blocks, plan))
  if (plan.summary === '') problems.push(noSummary(plan, summaryLine))
  if (plan.stages.length === 0) problems.push(noStages(plan))
  const deep = findDeepLines(source).map(tooDeep)
  const hidden = findHiddenHeadings(source, blocks)
  return { plan, problems: sortProblems([...problems, ...deep, ...hidden, ...checkStructure(plan)]) }
}

function tooDeep(line: number): Problem {
  return {
    severity: 'error',
    code: 'too-deep',
    line,
    message: `This line nests more than ${maxNesting} quotes and list items.`,
    hint: 'Remove some of its ">" and list markers, or put it in a code fence.',
  }
}

function emptyPlan(): Problem {
  return {
    severity: 'error',
    code: 'empty-plan',
    line: 1,
    message: 'The plan is empty.',
    hint: 'Start with "# Plan: …", "## Summary" and "## Stages".',
  }
}

/** Takes the first heading as the name, so that only the missing "Plan:" is reported. */
function nameLikely(source: string, blocks: readonly Block[], plan: Plan): Problem {
  const heading = blocks.find((block) => block.type === 'heading' && block.depth === 1)
  plan.name = heading?.type === 'heading' ? lineOf(source, heading) : ''
  plan.line = heading === undefined ? 1 : rangeOf(heading).line
  return {
    severity: 'error',
    code: 'no-plan-name',
    line: plan.line,
    message: 'The plan has no "# Plan: …" heading with its name.',
    hint: `Write "# Plan: ${plan.name === '' ? '…' : plan.name}" at the top.`,
  }
}

function noSummary(plan: Plan, summaryLine: number): Problem {
  const message = summaryLine === 0 ? 'The plan has no "## Summary".' : 'The summary of the plan is empty.'
  const hint = 'Write below "## Summary" in a few sentences what should be true at the end.'
  return { severity: 'error', code: 'no-summary', line: summaryLine || plan.line, message, hint }
}

function noStages(plan: Plan): Problem {
  return {
    severity: 'error',
    code: 'no-stages',
    line: plan.line,
    message: 'The plan has no stages.',
    hint: 'Add "## Stages" and below it "### Stage 01: …".',
  }
}
