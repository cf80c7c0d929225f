import type { Usage } from './session.ts'

/** The sum of what is known; a number that nobody knows stays unknown. */
export function totalOf(usages: readonly Usage[]): Usage {
  const total: Usage = {}
  for (const usage of usages) {
    for (const key of ['inputTokens', 'outputTokens', 'cost'] as const) {
      const used = usage[key]
      if (used !== undefined) total[key] = (total[key] ?? 0) + used
    }
  }
  return total
}
