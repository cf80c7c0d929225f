import { type Node, descendants, placeOf } from './markdown.ts'

/** The text as the parser sees it: no byte order mark, and `\n` as the only line ending. Lines keep their numbers. */
export function normalizeText(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n')
}

/** A stretch of a text, by offsets. */
export interface Range {
  start: number
  end: number
}

/**
 * What the author wrote from `start` to `end`, without the comments and without the indentation that all its lines
 * share.
 */
export function sliceText(source: string, start: number, end: number, comments: readonly Range[]): string {
  const lineStart = source.lastIndexOf('\n', start - 1) + 1
  const wholeLine = start === 0 || source.slice(lineStart, start).trim() === ''
  const from = wholeLine ? lineStart : start
  return dedent(cut(source, from, end, comments), wholeLine)
}

/** The HTML comments in `nodes`; the same characters in code are none. */
export function findComments(source: string, nodes: readonly Node[]): Range[] {
  const comments: Range[] = []
  for (const node of descendants(nodes)) {
    if (node.type !== 'html') continue
    const place = placeOf(node)
    for (const { start, end } of commentRanges(source.slice(place.start, place.end))) {
      comments.push({ start: place.start + start, end: Math.min(place.start + end, place.end) })
    }
  }
  return comments
}

/** What the author wrote in `nodes`, from the first to the last; empty when there are none. */
export function sliceNodes(source: string, nodes: readonly Node[]): string {
  const [first, last] = [nodes[0], nodes.at(-1)]
  if (first === undefined || last === undefined) return ''
  return sliceText(source, placeOf(first).start, placeOf(last).end, findComments(source, nodes))
}

/** The children of a heading or a paragraph as one line of markdown, without comments. */
export function lineOf(source: string, nodes: readonly Node[]): string {
  return oneLine(sliceNodes(source, nodes))
}

/** Collapses every run of white space to one space. */
export function oneLine(text: string): string {
  return text.split(/\s+/).join(' ').trim()
}

/** Puts texts below each other, leaving out the empty ones. */
export function joinTexts(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n')
}

/** Splits HTML into what lies outside its comments and what lies in a comment that never ends. */
export function splitHtml(html: string): { outside: string; unclosed: string } {
  const ranges = commentRanges(html)
  const last = ranges.at(-1)
  const unclosed = last !== undefined && last.end === Infinity ? html.slice(last.start) : ''
  return { outside: cut(html, 0, html.length, ranges), unclosed }
}

function cut(text: string, start: number, end: number, ranges: readonly Range[]): string {
  let kept = ''
  let at = start
  for (const range of ranges) {
    if (range.start < at || range.start >= end) continue
    kept += text.slice(at, range.start)
    at = range.end
  }
  return kept + text.slice(at, Math.max(at, end))
}

function commentRanges(html: string): Range[] {
  const ranges: Range[] = []
  for (let start = html.indexOf('<!--'); start !== -1;) {
    const close = html.indexOf('-->', start + 2)
    const end = close === -1 ? Infinity : close + 3
    ranges.push({ start, end })
    start = html.indexOf('<!--', end)
  }
  return ranges
}

/** A first line that begins in the middle of one of the source has no say in the indentation. */
function dedent(text: string, wholeLine: boolean): string {
  const lines = text.split('\n')
  const blankStart = lines.findIndex((line) => line.trim() !== '')
  if (blankStart === -1) return ''
  const kept = lines.slice(blankStart)
  const startsWhole = wholeLine || blankStart > 0
  const measured = kept.slice(startsWhole ? 0 : 1).filter((line) => line.trim() !== '')
  const indents = measured.map((line) => line.length - line.trimStart().length)
  const indent = indents.reduce((least, each) => Math.min(least, each), Infinity)
  return kept
    .map((line, index) =>
      index === 0 && !startsWhole ? line.trimStart() : line.slice(Math.min(indent, line.length)),
    )
    .join('\n')
    .trimEnd()
}
