import { posix } from 'node:path'
import { parseAst } from 'vitest/node'

/** What one file of the program asks of others, and of the process it runs in. */
export interface SourceFile {
  /** From the top of the repository: `src/cli/commands/recover/fix.ts`. */
  path: string
  imports: SourceImport[]
  /** `process.exit`, `console.log`: uses of what every file can reach without an import. */
  globals: string[]
}

export interface SourceImport {
  /** A file of the repository by its path, a package or a node module by its name; null when it is computed. */
  to: string | null
  /** Whether it is gone at run time. With `verbatimModuleSyntax`, `import { type A }` is not. */
  typeOnly: boolean
}

/** Reads what a TypeScript file imports, in whichever way: also types, also lazily. */
export function readSource(path: string, text: string): SourceFile {
  const file: SourceFile = { path, imports: [], globals: [] }
  visit(parseAst(text, { lang: 'ts', astType: 'ts' }), (node) => {
    file.imports.push(...importsOf(path, node))
    file.globals.push(...globalsOf(node))
  })
  return file
}

type Node = Record<string, unknown>

const importing = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
  'TSExternalModuleReference',
])

function importsOf(path: string, node: Node): SourceImport[] {
  const required = node.type === 'CallExpression' && nameOf(node.callee) === 'require'
  if (!required && !importing.has(String(node.type))) return []
  const source = required ? [node.arguments].flat()[0] : (node.source ?? node.expression)
  if (node.type === 'ExportNamedDeclaration' && !isNode(source)) return []
  const kinds = [node.importKind, node.exportKind]
  return [{ to: target(path, source), typeOnly: node.type === 'TSImportType' || kinds.includes('type') }]
}

function target(path: string, source: unknown): string | null {
  if (!isNode(source) || typeof source.value !== 'string') return null
  const name = source.value
  if (name.startsWith('.')) return posix.join(posix.dirname(path), name)
  if (name.startsWith('node:')) return name
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}

function globalsOf(node: Node): string[] {
  if (node.type === 'MemberExpression') {
    const owner = nameOf(node.object)
    return ['process', 'console'].includes(owner) ? [`${owner}.${nameOf(node.property)}`] : []
  }
  if (node.type !== 'ImportDeclaration' || !isNode(node.source)) return []
  if (!['node:process', 'process'].includes(String(node.source.value))) return []
  const names = [node.specifiers].flat().map((specifier) => isNode(specifier) && nameOf(specifier.imported))
  return names.filter(Boolean).map((name) => `process.${String(name)}`)
}

/** `exit` of `exit`, of `'exit'` and of `process.exit`. */
function nameOf(node: unknown): string {
  if (!isNode(node)) return ''
  if (node.type === 'MemberExpression') return nameOf(node.property)
  const name = node.name ?? node.value
  return typeof name === 'string' ? name : ''
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see)
  if (!isNode(value)) return
  if (typeof value.type === 'string') see(value)
  for (const child of Object.values(value)) visit(child, see)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
