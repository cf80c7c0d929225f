import { htmlComments } from './comments.ts'
import { readHeading } from './heading.ts'
import { findInvisible, findOddCharacter, nameCharacter, withoutInvisible } from '../invisible.ts'
import { type Block, type Heading, type Node, descendants, rangeOf } from './markdown.ts'
import type { Problem } from '../problem.ts'

/**
 * Lines that look like a plan heading but that Markdown reads as something else: indented, in a list, without a space
 * after the `#` or with another character in its place, or inside a fence or comment that is never closed. Fenced and
 * quoted text is left alone.
 */
export function findHiddenHeadings(source: string, blocks: readonly Block[]): Problem[] {
  const problems: Problem[] = []
  for (const block of blocks) {
    if (block.type === 'heading') {
      for (const problem of findInHeading(source, block)) problems.push(problem)
      continue
    }
    for (const node of descendants([block], (each) => each.type === 'blockquote')) {
      const why = explain(node)
      const found = why === undefined ? [] : findInNode(source, node, why)
      for (const problem of found) problems.push(problem)
    }
  }
  return problems
}

function explain(node: Node): string | undefined {
  if (node.type === 'heading') return 'it is inside a list item'
  if (node.type === 'paragraph') return 'a heading line must start with "#" and a space'
  if (node.type === 'html') return 'it is part of the HTML block above it'
  if (node.type !== 'code') return undefined
  if (node.fence === 'open') return 'the code block above it is never closed'
  return node.fence === 'none' ? 'it is indented' : undefined
}

function findInNode(source: string, node: Node, why: string): Problem[] {
  const { start, end, line } = rangeOf(node)
  const text = source.slice(start, end)
  const isComment = node.type === 'html' ? closedComments(text) : () => false
  let at = 0
  return text.split('\n').flatMap((each, index) => {
    const lineStart = at
    at += each.length + 1
    const odd = node.type === 'paragraph' ? findOddCharacter(each) : undefined
    if (!looksLikeLevel(each) && !(odd !== undefined && looksLikeSection(each))) return []
    if (isComment(lineStart)) return []
    return [hiddenHeading(line + index, each, odd === undefined ? why : oddCharacter(odd))]
  })
}

/** Returns a function that checks whether a line is in a closed comment. Call it in text order. */
function closedComments(html: string): (lineStart: number) => boolean {
  const comments = htmlComments(html).filter(({ end }) => end !== Infinity)
  let next = 0
  return (lineStart) => {
    while ((comments[next]?.end ?? Infinity) <= lineStart) next += 1
    return (comments[next]?.start ?? Infinity) < lineStart
  }
}

/** A heading that only looks like a plan heading: it contains an invisible character. */
function findInHeading(source: string, heading: Heading): Problem[] {
  const { start, end, line } = rangeOf(heading)
  const text = source.slice(start, end).split('\n')[0] ?? ''
  const invisible = findInvisible(text)
  if (invisible === undefined || readHeading(source, heading)?.kind === 'level') return []
  return looksLikeLevel(text) || looksLikeSection(text)
    ? [hiddenHeading(line, text, oddCharacter(invisible))]
    : []
}

/** `###### Thread 02: …`, with anything between the signs that looks like a space or like nothing. */
function looksLikeLevel(line: string): boolean {
  return /^\s*#+\s*(?:stage|batch|thread)\s+\d+\s*:/i.test(withoutInvisible(line))
}

/** A heading above or between the levels: `# Plan: …`, `## Stages`, `#### Stage Batches`. */
function looksLikeSection(line: string): boolean {
  return /^\s*#{1,4}\s*(?:plan:.*|summary:?|references:?|stages:?|(?:stage\s+)?(?:definition|constitution|questions|batches))\s*$/i.test(
    withoutInvisible(line),
  )
}

function hiddenHeading(line: number, text: string, why: string): Problem {
  return {
    severity: 'error',
    code: 'hidden-heading',
    line,
    message: `"${withoutInvisible(text).trim()}" is not read as a heading: ${why}.`,
    hint: 'Start it at the beginning of a line; put it in a code fence if it is only an example.',
  }
}

function oddCharacter(character: string): string {
  return `${nameCharacter(character)} found where a plain space or nothing is expected`
}
