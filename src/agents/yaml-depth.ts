/**
 * How deep lists and maps in agents.yaml may be nested, far more than its schema needs. The YAML parser recurses once
 * per level, so a text of brackets could end the process.
 */
export const maxYamlDepth = 100

/**
 * The first line, from 1, that nests deeper, by brackets, marks or indentation; undefined if there is none. Brackets
 * in quotes count too.
 */
export function findDeepYaml(text: string): number | undefined {
  let brackets = 0
  const indents: number[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const indent = line.search(/[^ ]/)
    if (indent !== -1) {
      while (indents.length > 0 && (indents.at(-1) ?? 0) >= indent) indents.pop()
      indents.push(indent)
      if (indents.length > maxYamlDepth) return index + 1
    }
    const markers = /^(?:[ \t]*[-?](?=[ \t]|$))*/.exec(line)?.[0] ?? ''
    if (markers.replaceAll(/[ \t]/g, '').length > maxYamlDepth) return index + 1
    for (const [bracket] of line.matchAll(/[[\]{}]/g)) {
      brackets = bracket === '[' || bracket === '{' ? brackets + 1 : Math.max(0, brackets - 1)
      if (brackets > maxYamlDepth) return index + 1
    }
  }
  return undefined
}
