/** How documents are written: a person can read them, and git shows what changed. */
export function printJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
