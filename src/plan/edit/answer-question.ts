import { WorkError } from '../../errors.ts'
import { work } from '../../text/hint.ts'
import { oneLine } from '../../text/sanitize.ts'
import { parseBlocks } from '../parse/block-parser.ts'
import { descendants, rangeOf, type ListItem } from '../parse/markdown.ts'
import { parsePlan } from '../parse/parse.ts'
import { normalizeText } from '../parse/source.ts'
import type { PlanQuestion } from '../plan.ts'

/**
 * The text of a plan in which the question on `line` (from 1) is answered: its box is ticked, and the answer follows it,
 * in one line. Every other byte stays. Throws a `WorkError` (`answer-refused`) for a line that is no open question, or an answer
 * that would change how the rest is read.
 */
export function answerQuestion(text: string, line: number, answer: string): string {
  const source = normalizeText(text)
  const item = itemAt(source, line)
  const words = oneLine(answer).trim().replaceAll('<!--', '&lt;!--')
  if (item === undefined || words === '' || questionAt(text, line)?.resolved !== false) throw refused(line)
  const lines = text.split('\n')
  const last = lastLineOf(source, item)
  lines[line - 1] = tick(lines[line - 1] ?? '')
  lines[last - 1] = append(lines[last - 1] ?? '', words)
  const answered = lines.join('\n')
  if (!isSameBut(text, answered, line)) throw refused(line)
  return answered
}

function itemAt(source: string, line: number): ListItem | undefined {
  for (const node of descendants(parseBlocks(source))) {
    if (node.type === 'listItem' && rangeOf(node).line === line) return node
  }
  return undefined
}

/** The last line of the text of an item, from 1. */
function lastLineOf(source: string, item: ListItem): number {
  const paragraph = item.children.find((child) => child.type === 'paragraph')
  const { start, end, line } = rangeOf(paragraph ?? item)
  return line + source.slice(start, end).trimEnd().split('\n').length - 1
}

function tick(line: string): string {
  const [, marker = '', box] = /^(\s*(?:[-*+]|\d{1,9}[.)])\s+)(\[[ xX~!-]?\])?/.exec(line) ?? []
  return `${marker}[x]${box === undefined ? ' ' : ''}${line.slice(marker.length + (box?.length ?? 0))}`
}

function append(line: string, words: string): string {
  const [, body = '', end = ''] = /^(.*?)(\s*)$/s.exec(line) ?? []
  return `${body} ${words}${end.replaceAll(' ', '')}`
}

/** Whether nothing but this question is read in another way, and it is answered. */
function isSameBut(before: string, after: string, line: number): boolean {
  const [one, other] = [before, after].map((text) => {
    const plan = structuredClone(parsePlan(text).plan)
    for (const stage of plan.stages) {
      stage.questions = stage.questions.map((question) =>
        question.line === line ? { text: '', line, resolved: true } : question,
      )
    }
    return JSON.stringify(plan)
  })
  return one === other && questionAt(after, line)?.resolved === true
}

function questionAt(text: string, line: number): PlanQuestion | undefined {
  return parsePlan(text)
    .plan.stages.flatMap(({ questions }) => questions)
    .find((one) => one.line === line)
}

function refused(line: number): WorkError {
  return new WorkError(`The question on line ${line} can't be answered by itself.`, {
    code: 'answer-refused',
    hint: work('edit'),
  })
}
