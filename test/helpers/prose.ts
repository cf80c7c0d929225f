import { parseAst } from 'vitest/node'

/** A text written for readers: a message, a comment, a title, a paragraph. */
export interface Prose {
  line: number
  text: string
}

/** The comments of a TypeScript file, and its texts of more than one word. */
export function proseOfSource(source: string): Prose[] {
  const { texts, comments } = readTexts(source)
  return [...comments, ...texts.filter(({ text }) => /\S\s+\S/.test(text))]
}

/** The comments of a test, and the titles of its cases. Other texts are often the data of the test. */
export function proseOfTest(source: string): Prose[] {
  const { titles, comments } = readTexts(source)
  return [...comments, ...titles]
}

/** The lines of a Markdown page, without the comments that steer its tests. */
export function proseOfPage(page: string): Prose[] {
  return page
    .split('\n')
    .flatMap((text, index) => (text.startsWith('<!--') ? [] : [{ line: index + 1, text }]))
}

/** The descriptions in a JSON Schema. */
export function proseOfSchema(schema: string): Prose[] {
  return proseOfPage(schema).filter(({ text }) => text.trimStart().startsWith('"description":'))
}

type Node = Record<string, unknown> & { start: number; end: number }

const titled = new Set(['describe', 'it', 'test'])

function readTexts(source: string) {
  const literals: Node[] = []
  const texts: Node[] = []
  const titles: Node[] = []
  visit(parseAst(source, { lang: 'ts', astType: 'ts' }), (node) => {
    if (node.type === 'Literal' || node.type === 'TemplateElement') literals.push(node)
    if (isText(node)) texts.push(node)
    const [title] = node.type === 'CallExpression' ? [node.arguments].flat() : []
    if (isNode(title) && isText(title) && titled.has(rootName(node.callee))) titles.push(title)
  })
  const prose = (node: Node) => ({ line: lineAt(source, node.start), text: textOf(node) })
  return {
    texts: texts.map((node) => prose(node)),
    titles: titles.map((node) => prose(node)),
    comments: findComments(source, literals),
  }
}

function isText(node: Node): boolean {
  return node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string')
}

/** Of a template without its expressions: they are code, and texts in them are found separately. */
function textOf(node: Node): string {
  if (node.type === 'Literal') return String(node.value)
  const parts = [node.quasis].flat().filter((part) => isNode(part))
  return parts.map(({ value }) => (hasRaw(value) ? value.raw : '')).join('…')
}

function hasRaw(value: unknown): value is { raw: string } {
  return typeof value === 'object' && value !== null && 'raw' in value && typeof value.raw === 'string'
}

/** `it` of `it.each(rows)`. */
function rootName(node: unknown): string {
  if (!isNode(node)) return ''
  return node.type === 'Identifier' ? String(node.name) : rootName(node.object ?? node.callee)
}

/** Comments, found where no literal is; lines of `//` that follow each other are one. */
function findComments(source: string, literals: readonly Node[]): Prose[] {
  let code = ''
  for (const { start, end } of literals.toSorted((a, b) => a.start - b.start)) {
    code += source.slice(code.length, start).padEnd(start - code.length)
    code += source.slice(start, end).replaceAll(/[^\n]/g, ' ')
  }
  code += source.slice(code.length)
  return [...code.matchAll(/\/\*.*?\*\/|\/\/[^\n]*(?:\n\s*\/\/[^\n]*)*/gs)].map(({ 0: text, index }) => ({
    line: lineAt(source, index),
    text: text.replaceAll(/^\s*(?:\/\*\*?|\*(?!\/)|\/\/) ?|\s*\*\/$/gm, ' '),
  }))
}

function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  if (isNode(value)) see(value)
  for (const child of Object.values(value)) visit(child, see)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value && 'end' in value
}
