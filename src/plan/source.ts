import { findComments, type Range } from './comments.ts'
import { type Heading, type Node, type Paragraph, placeOf } from './markdown.ts'

/** The text as the parser sees it: no byte order mark, and `\n` as the only line ending. Lines keep their numbers. */
export function normalizeText(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n')
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

/** What the author wrote in `nodes`, from the first to the last; empty when there are none. */
export function sliceNodes(source: string, nodes: readonly Node[]): string {
  const [first, last] = [nodes[0], nodes.at(-1)]
  if (first === undefined || last === undefined) return ''
  return sliceText(source, placeOf(first).start, placeOf(last).end, findComments(source, nodes))
}

/** The text of a heading or a paragraph as one line of markdown, without comments. */
export function lineOf(source: string, node: Heading | Paragraph): string {
  const { start, end } = node.type === 'heading' ? node.text : placeOf(node)
  return oneLine(sliceText(source, start, end, findComments(source, [node])))
}

/** Collapses every run of white space to one space. */
export function oneLine(text: string): string {
  return text.split(/\s+/).join(' ').trim()
}

/** Puts texts below each other, leaving out the empty ones. */
export function joinTexts(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n')
}

/** The text from `start` to `end` without the ranges that start in it. They are in order. */
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

/** The index of the first range that starts at `start` or after it. */
function firstFrom(ranges: readonly Range[], start: number): number {
  let [low, high] = [0, ranges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.start ?? 0) < start) low = middle + 1
    else high = middle
  }
  return low
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
