import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { fileURLToPath } from 'node:url'

/**
 * The stack of an error with positions in the source, `src/cli/output.ts:41:18`, where a source map is beside the bundled
 * file. The maps are read only here: to load them with the program would slow down every start.
 */
export function sourceStack(stack: string): string {
  const maps = new Map<string, SourceMap | undefined>()
  return stack.replaceAll(
    /(file:\/\/)?(\/[^\s()]+\.js):(\d+):(\d+)/g,
    (position, scheme, path, line, column) => {
      const file = scheme === undefined ? path : fileURLToPath(`file://${path}`)
      if (!maps.has(file)) maps.set(file, mapOf(file))
      return positionIn(maps.get(file), Number(line), Number(column)) ?? position
    },
  )
}

/** Lines and columns are counted from 1 in a stack, and from 0 in a map. */
function positionIn(map: SourceMap | undefined, line: number, column: number): string | undefined {
  const entry = map?.findEntry(line - 1, column - 1)
  if (entry === undefined || !('originalSource' in entry)) return undefined
  const source = entry.originalSource.replace(/^(\.\.\/)+/, '')
  return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
}

/** Undefined for a file without a map. A map that can't be read must not hide the error that is being reported. */
function mapOf(path: string): SourceMap | undefined {
  try {
    const payload: SourceMapPayload = JSON.parse(readFileSync(`${path}.map`, 'utf8'))
    return new SourceMap(payload)
  } catch {
    return undefined
  }
}
