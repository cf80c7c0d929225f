/** What differs from run to run, and what it is called when lines are compared. */
const passing: [RegExp, string][] = [
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?Z?)?)?/g, '<date>'],
  [/\b\d\d:\d\d:\d\d\b/g, '<clock>'],
  [/\bjust now\b|\b\d+[smhd] ago\b/g, '<ago>'],
  [/\b(?:\d+[hm] )?\d+[smh]\b/g, '<time>'],
  [/\b(cmd|ses|msg)_[\w-]+/g, '$1_<id>'],
  [/\b(pid|process) \d+/g, '$1 <pid>'],
  [/\b[0-9a-f]{12,}\b/g, '<hash>'],
  [/\/\S*\/repo\b/g, '<folder>'],
  // A column is as wide as what is in it.
  [/ {2,}/g, '  '],
  [/ +$/g, ''],
]

/** Whether lines say the same but for times, ids and the like. A line `…` stands for any lines. */
export function saysTheSame(written: readonly string[], shown: readonly string[]): boolean {
  const [first, ...rest] = written
  if (first === undefined) return shown.length === 0
  if (first === '…') {
    return shown.some((_, index) => saysTheSame(rest, shown.slice(index))) || rest.length === 0
  }
  const [line, ...others] = shown
  return line !== undefined && lasting(first) === lasting(line) && saysTheSame(rest, others)
}

function lasting(line: string): string {
  return passing.reduce((text, [pattern, name]) => text.replaceAll(pattern, name), line)
}
