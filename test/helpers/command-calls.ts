import { parseAst } from 'vitest/node'

/** Texts and commands of a source file, as they are written there. */
export interface WrittenCommands {
  /** The words after `work` of each call of `work(…)`, once for each way that its conditions can go. */
  commands: string[][]
  /** Other texts that name a command of `work`. */
  texts: string[]
}

/** What is filled in. */
const filled = '<x>'

/** Reads the commands of a source file from its syntax tree. */
export function readCommands(text: string): WrittenCommands {
  const found: WrittenCommands = { commands: [], texts: [] }
  const { body } = parseAst(text, { lang: 'ts', astType: 'ts' })
  for (const node of body) visit(node, found)
  return found
}

function visit(node: unknown, found: WrittenCommands): void {
  if (Array.isArray(node)) return node.forEach((one: unknown) => visit(one, found))
  if (!isNode(node) || node.type === 'ImportDeclaration') return
  if (node.type === 'CallExpression' && isNode(node['callee']) && node['callee']['name'] === 'work')
    found.commands.push(...waysOfAll(listOf(node['arguments'])))
  const written = textOf(node)
  if (written !== undefined && /\bwork (?:[a-z-]+|<)/.test(written)) found.texts.push(written)
  for (const part of Object.values(node)) visit(part, found)
}

/** All that a list of arguments can be. */
function waysOfAll(nodes: readonly unknown[]): string[][] {
  return nodes.reduce<string[][]>(
    (lists, node) => lists.flatMap((list) => waysOf(node).map((words) => [...list, ...words])),
    [[]],
  )
}

/** What one argument can be: a word, or several when it is spread. What is not written there is unknown. */
function waysOf(node: unknown): string[][] {
  if (!isNode(node)) return [[]]
  if (node.type === 'ConditionalExpression')
    return [...waysOf(node['consequent']), ...waysOf(node['alternate'])]
  if (node.type === 'ArrayExpression') return waysOfAll(listOf(node['elements']))
  if (node.type === 'SpreadElement') {
    const isWritten =
      isNode(node['argument']) && /^(?:Conditional|Array)Expression$/.test(node['argument'].type)
    return isWritten ? waysOf(node['argument']) : [[]]
  }
  return [[textOf(node) ?? filled]]
}

/** The text of a literal, with something in place of what is filled in. */
function textOf(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value']
  if (node.type !== 'TemplateLiteral') return undefined
  return listOf(node['quasis'])
    .map((quasi) => (isNode(quasi) && isRecord(quasi['value']) ? String(quasi['value']['cooked']) : ''))
    .join(filled)
}

interface Node extends Record<string, unknown> {
  type: string
}

function isNode(value: unknown): value is Node {
  return isRecord(value) && typeof value['type'] === 'string'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
