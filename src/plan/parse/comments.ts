import { type Node, descendants, rangeOf } from './markdown.ts'

/** A range of a text, by offsets. */
export interface Range {
  start: number
  end: number
}

/** The HTML comments in `nodes`, in text order. The same characters in code are not comments. */
export function findComments(source: string, nodes: readonly Node[]): Range[] {
  const comments: Range[] = []
  for (const node of descendants(nodes)) {
    if (node.type !== 'html' && node.type !== 'paragraph' && node.type !== 'heading') continue
    const place = rangeOf(node)
    const text = source.slice(place.start, place.end)
    for (const { start, end } of node.type === 'html' ? htmlComments(text) : inlineComments(text)) {
      comments.push({ start: place.start + start, end: Math.min(place.start + end, place.end) })
    }
  }
  return comments
}

/** The comments in HTML. A comment that is never closed reaches to the end. */
export function htmlComments(html: string): Range[] {
  const ranges: Range[] = []
  for (let start = html.indexOf('<!--'); start !== -1;) {
    const end = commentEnd(html, start) ?? Infinity
    ranges.push({ start, end })
    start = html.indexOf('<!--', end)
  }
  return ranges
}

/** The comments in a paragraph's text. One that is never closed is not a comment. */
function inlineComments(text: string): Range[] {
  if (!text.includes('<!--')) return []
  const ranges: Range[] = []
  const codeEnd = codeEnds(text)
  const tokens = /\\[^]|`+|<!--/g
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    const [{ length }, start] = [token[0], token.index]
    if (text[start] === '`') tokens.lastIndex = codeEnd(start, length) ?? tokens.lastIndex
    if (text[start] !== '<') continue
    const end = commentEnd(text, start)
    if (end === undefined) break
    ranges.push({ start, end })
    tokens.lastIndex = end
  }
  return ranges
}

function commentEnd(html: string, start: number): number | undefined {
  const close = html.indexOf('-->', start + 2)
  return close === -1 ? undefined : close + 3
}

/**
 * Returns a function that finds where code opened by `length` backticks ends: after the next run of the same length.
 * Call it in text order.
 */
function codeEnds(text: string): (start: number, length: number) => number | undefined {
  const runs = new Map<number, number[]>()
  for (const { 0: run, index } of text.matchAll(/`+/g)) {
    const starts = runs.get(run.length)
    if (starts === undefined) runs.set(run.length, [index])
    else starts.push(index)
  }
  const passed = new Map<number, number>()
  return (start, length) => {
    const starts = runs.get(length) ?? []
    let next = passed.get(length) ?? 0
    while ((starts[next] ?? Infinity) <= start) next += 1
    passed.set(length, next)
    const close = starts[next]
    return close === undefined ? undefined : close + length
  }
}
