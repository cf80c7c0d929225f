/**
 * How deep lists and maps of agents.yaml may be nested, far beyond what its schema has. The YAML parser takes a call per
 * level, and a text of brackets would end the process.
 */
export const maxYamlDepth = 100

/** The first line, from 1, that nests deeper; undefined when none does. Brackets in quotes count too. */
export function findDeepYaml(text: string): number | undefined {
  let brackets = 0
  for (const [index, line] of text.split('\n').entries()) {
    const markers = /^(?:[ \t]*[-?](?=[ \t]|$))*/.exec(line)?.[0] ?? ''
    if (markers.replaceAll(/[ \t]/g, '').length > maxYamlDepth) return index + 1
    for (const [bracket] of line.matchAll(/[[\]{}]/g)) {
      brackets = bracket === '[' || bracket === '{' ? brackets + 1 : Math.max(0, brackets - 1)
      if (brackets > maxYamlDepth) return index + 1
    }
  }
  return undefined
}
