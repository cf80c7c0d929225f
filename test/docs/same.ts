/** What differs from run to run, and what it is called when lines are compared. */
const passing: [RegExp, string][] = [
  [/\b\d{4}-\d\d-\d\d(?: \d\d:\d\d)?/g, '<date>'],
  [/\bjust now\b|\b\d+[smhd] ago\b/g, '<ago>'],
  [/\b(?:\d+[hm] )?\d+[smh]\b/g, '<time>'],
  [/\b(cmd|ses|msg)_[\w-]+/g, '$1_<id>'],
  // A column is as wide as what is in it.
  [/ {2,}/g, '  '],
  [/ +$/g, ''],
]

/** Whether lines say the same but for times, ids and the like. */
export function saysTheSame(written: readonly string[], shown: readonly string[]): boolean {
  return (
    written.length === shown.length &&
    written.every((line, index) => lasting(line) === lasting(shown[index] ?? ''))
  )
}

function lasting(line: string): string {
  return passing.reduce((text, [pattern, name]) => text.replaceAll(pattern, name), line)
}
