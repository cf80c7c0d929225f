import { findComments, type Range } from './comments.ts'
import { type Heading, type Node, type Paragraph, rangeOf } from './markdown.ts'

/**
 * Prepares a text for parsing: removes the byte order mark and makes `\
 * ` the only line ending. Line numbers don't change.
 */
export function normalizeText(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n')
}

/** The author's text from `start` to `end`, without comments and without the common indentation of its lines. */
export function sliceText(source: string, start: number, end: number, comments: readonly Range[]): string {
  const lineStart = source.lastIndexOf('\n', start - 1) + 1
  const wholeLine = start === 0 || source.slice(lineStart, start).trim() === ''
  const from = wholeLine ? lineStart : start
  return dedent(cut(source, from, end, comments), wholeLine)
}

/** The author's text of `nodes`, from the first to the last; empty if there are none. */
export function sliceNodes(source: string, nodes: readonly Node[]): string {
  const [first, last] = [nodes[0], nodes.at(-1)]
  if (first === undefined || last === undefined) return ''
  return sliceText(source, rangeOf(first).start, rangeOf(last).end, findComments(source, nodes))
}

/** A heading or paragraph as one line of Markdown, without comments. */
export function lineOf(source: string, node: Heading | Paragraph): string {
  const { start, end } = node.type === 'heading' ? node.text : rangeOf(node)
  return collapseSpaces(sliceText(source, start, end, findComments(source, [node])))
}

/** Collapses each run of white space to one space. */
export function collapseSpaces(text: string): string {
  return text.split(/\s+/).join(' ').trim()
}

/** Joins the non-empty texts, separated by empty lines. */
export function joinTexts(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n')
}

/** The text from `start` to `end` without the ranges that start in it. The ranges are sorted. */
function cut(text: string, start: number, end: number, ranges: readonly Range[]): string {
  let kept = ''
  let at = start
  for (let index = firstFrom(ranges, start); index < ranges.length; index += 1) {
    const range = ranges[index]
    if (range === undefined || range.start >= end) break
    if (range.start < at) continue
    kept += text.slice(at, range.start)
    at = range.end
  }
  return kept + text.slice(at, Math.max(at, end))
}

/** The index of the first range that starts at or after `start`. */
function firstFrom(ranges: readonly Range[], start: number): number {
  let [low, high] = [0, ranges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.start ?? 0) < start) low = middle + 1
    else high = middle
  }
  return low
}

/** A first line that begins in the middle of a source line is ignored when measuring indentation. */
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
