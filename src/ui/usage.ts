/** What a session used. A missing number is unknown, not 0. */
export interface Usage {
  inputTokens?: number | undefined
  outputTokens?: number | undefined
  /** In US dollars. */
  cost?: number | undefined
}

/** Tokens in and out, and what they cost: `12.3k in, 450 out, $0.03`. What is unknown is left out. */
export function describeUsage({ inputTokens, outputTokens, cost }: Usage): string {
  return [
    inputTokens === undefined ? '' : `${formatCount(inputTokens)} in`,
    outputTokens === undefined ? '' : `${formatCount(outputTokens)} out`,
    cost === undefined ? '' : formatCost(cost),
  ]
    .filter((part) => part !== '')
    .join(', ')
}

/** A number of tokens in at most five characters: `950`, `12.3k`, `123k`, `1.2M`. */
export function formatCount(count: number): string {
  if (count < 1000) return String(count)
  if (count < 99_950) return `${(count / 1000).toFixed(1)}k`
  return count < 999_500 ? `${Math.round(count / 1000)}k` : `${(count / 1_000_000).toFixed(1)}M`
}

/** Dollars, with more digits where they are few. */
function formatCost(dollars: number): string {
  return `$${dollars.toFixed(dollars > 0 && dollars < 0.01 ? 4 : 2)}`
}
