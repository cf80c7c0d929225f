/** What a session used. A missing number is unknown, not 0. */
export interface ShownUsage {
  inputTokens?: number | undefined
  outputTokens?: number | undefined
  /** In US dollars. */
  cost?: number | undefined
  /** The cost of a part is unknown. */
  isCostPartial?: boolean | undefined
}

/** Tokens in and out, and their cost: `12.3k in, 450 out, $0.03`. What is unknown or zero is left out. */
export function describeUsage(usage: ShownUsage): string {
  const { inputTokens = 0, outputTokens = 0, cost = 0, isCostPartial = false } = usage
  return [
    inputTokens === 0 ? '' : `${formatCount(inputTokens)} in`,
    outputTokens === 0 ? '' : `${formatCount(outputTokens)} out`,
    cost === 0 ? '' : `${isCostPartial ? 'at least ' : ''}${formatCost(cost)}`,
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
