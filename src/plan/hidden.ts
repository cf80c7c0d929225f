import { type Block, type Node, descendants, isOpenFence, placeOf } from './markdown.ts'
import type { Problem } from './problem.ts'
import { splitHtml } from './source.ts'

/**
 * Lines that look like a heading of the plan where markdown sees none: indented, in a list, without a space behind
 * the `#`, or swallowed by a fence or a comment that is never closed. What is fenced or quoted is left alone.
 */
export function findHiddenHeadings(source: string, blocks: readonly Block[]): Problem[] {
  const problems: Problem[] = []
  for (const block of blocks) {
    if (block.type === 'heading') continue
    for (const node of descendants([block], (each) => each.type === 'blockquote')) {
      const why = explain(source, node)
      if (why !== undefined) problems.push(...findInNode(source, node, why))
    }
  }
  return problems
}

function explain(source: string, node: Node): string | undefined {
  if (node.type === 'heading') return 'it stands inside a list item'
  if (node.type === 'paragraph') return 'a heading starts a line with "#" and a space'
  if (node.type === 'html') return 'it is swallowed by the HTML above it'
  if (node.type !== 'code') return undefined
  if (isOpenFence(source, node)) return 'the code block above it is never closed'
  return isIndented(source, node) ? 'it is indented' : undefined
}

function findInNode(source: string, node: Node, why: string): Problem[] {
  const { start, end, line } = placeOf(node)
  const text = source.slice(start, end)
  const { outside, unclosed } = splitHtml(text)
  return text.split('\n').flatMap((each, index) => {
    if (!/^[ \t]*#+[ \t]*(?:stage|batch|thread)[ \t]+\d+[ \t]*:/i.test(each)) return []
    if (node.type === 'html' && !outside.includes(each) && !unclosed.includes(each)) return []
    return [hiddenHeading(line + index, each.trim(), why)]
  })
}

function isIndented(source: string, node: Node): boolean {
  return !/^[`~]{3}/.test(source.slice(placeOf(node).start, placeOf(node).start + 3))
}

function hiddenHeading(line: number, text: string, why: string): Problem {
  return {
    severity: 'error',
    code: 'hidden-heading',
    line,
    message: `"${text}" is not read as a heading: ${why}.`,
    hint: 'Start it at the beginning of a line; put it into a code fence if it is only an example.',
  }
}
