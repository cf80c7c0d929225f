/** Prints documents with indentation, so that they are readable and git shows what changed. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
