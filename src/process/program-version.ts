/** Whether a version is older than another. Missing numbers are not compared. */
export function isOlder(version: string, other: string): boolean {
  const [left, right] = [numbersOf(version), numbersOf(other)]
  const at = right.findIndex((number, index) => left[index] !== number)
  return at !== -1 && (left[at] ?? 0) < (right[at] ?? 0)
}

/** The first number of a version. */
export function majorOf(version: string): number | undefined {
  return numbersOf(version)[0]
}

function numbersOf(version: string): number[] {
  return (/\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number)
}

/** The first line of what a program printed. */
export function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}
