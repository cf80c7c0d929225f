import type { SourceFile } from './source-file.ts'

/**
 * Import circles: groups of files of which each imports, directly or through others, every other one. Lazy imports and
 * imports of types count: files that need each other can't be read, moved or tested alone. Paths are sorted.
 */
export function circlesIn(files: readonly Pick<SourceFile, 'path' | 'imports'>[]): string[][] {
  const imports = new Map(files.map(({ path, imports: all }) => [path, all.map(({ to }) => to)]))
  const reached = new Map(files.map(({ path }) => [path, reachedFrom(path, imports)]))
  const groups = files.map(({ path }) =>
    [...(reached.get(path) ?? [])].filter((other) => reached.get(other)?.has(path) === true).toSorted(),
  )
  const circles = new Map(groups.filter((group) => group.length > 0).map((group) => [group.join(), group]))
  return [...circles.values()].toSorted(([left = ''], [right = '']) => (left < right ? -1 : 1))
}

/** The files that a file imports, directly or through others; itself only if it is in a circle. */
function reachedFrom(start: string, imports: ReadonlyMap<string, readonly (string | null)[]>): Set<string> {
  const reached = new Set<string>()
  const left = [start]
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    for (const to of imports.get(path) ?? []) {
      if (to === null || !imports.has(to) || reached.has(to)) continue
      reached.add(to)
      left.push(to)
    }
  }
  return reached
}
