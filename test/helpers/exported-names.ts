import { parseAst } from 'vitest/node'

/** The names that a file declares and exports, values and types. What it only passes on from another file is not its own. */
export function exportedNames(text: string): string[] {
  const { body } = parseAst(text, { lang: 'ts', astType: 'ts' })
  const imported = new Set(
    body.flatMap((node) =>
      node.type === 'ImportDeclaration' ? node.specifiers.map(({ local }) => local.name) : [],
    ),
  )
  const names = body.flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration' || node.source !== null) return []
    const own = node.specifiers.filter(({ local }) => !imported.has(nameOf(local)))
    const listed = own.map(({ exported }) => nameOf(exported))
    return [...listed, ...declaredNames(node.declaration)]
  })
  return [...new Set(names)]
}

function nameOf(name: { name: string } | { value: string }): string {
  return 'name' in name ? name.name : name.value
}

/** `a` and `b` of `const a = 1, b = 2`; the name of a function, class or type. */
function declaredNames(declaration: unknown): string[] {
  if (!isRecord(declaration)) return []
  const parts = Array.isArray(declaration['declarations']) ? declaration['declarations'] : [declaration]
  return parts.flatMap((part: unknown) => {
    const id = isRecord(part) ? part['id'] : undefined
    if (!isRecord(id) || typeof id['name'] !== 'string') throw new Error('An export has no name of its own.')
    return [id['name']]
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
