import { htmlComments } from './comments.ts'
import { type Block, type Node, descendants, placeOf } from './markdown.ts'
import type { Problem } from './problem.ts'

/**
 * Lines that look like a heading of the plan where markdown sees none: indented, in a list, without a space behind
 * the `#`, or swallowed by a fence or a comment that is never closed. What is fenced or quoted is left alone.
 */
export function findHiddenHeadings(source: string, blocks: readonly Block[]): Problem[] {
  const problems: Problem[] = []
  for (const block of blocks) {
    if (block.type === 'heading') continue
    for (const node of descendants([block], (each) => each.type === 'blockquote')) {
      const why = explain(node)
      const found = why === undefined ? [] : findInNode(source, node, why)
      for (const problem of found) problems.push(problem)
    }
  }
  return problems
}

function explain(node: Node): string | undefined {
  if (node.type === 'heading') return 'it stands inside a list item'
  if (node.type === 'paragraph') return 'a heading starts a line with "#" and a space'
  if (node.type === 'html') return 'it is swallowed by the HTML above it'
  if (node.type !== 'code') return undefined
  if (node.fence === 'open') return 'the code block above it is never closed'
  return node.fence === 'none' ? 'it is indented' : undefined
}

function findInNode(source: string, node: Node, why: string): Problem[] {
  const { start, end, line } = placeOf(node)
  const text = source.slice(start, end)
  const isComment = node.type === 'html' ? closedComments(text) : () => false
  let at = 0
  return text.split('\n').flatMap((each, index) => {
    const lineStart = at
    at += each.length + 1
    if (!/^[ \t]*#+[ \t]*(?:stage|batch|thread)[ \t]+\d+[ \t]*:/i.test(each)) return []
    return isComment(lineStart) ? [] : [hiddenHeading(line + index, each.trim(), why)]
  })
}

/** Tells whether a line is in a comment that is closed. To be asked in the order of the text. */
function closedComments(html: string): (lineStart: number) => boolean {
  const comments = htmlComments(html).filter(({ end }) => end !== Infinity)
  let next = 0
  return (lineStart) => {
    while ((comments[next]?.end ?? Infinity) <= lineStart) next += 1
    return (comments[next]?.start ?? Infinity) < lineStart
  }
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
