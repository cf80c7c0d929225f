import type { SessionRecord, TotalUsage, Usage } from '../../machines/session.ts'

/** The usage of several sessions together. A number that no session has stays unknown. */
export function usageOf(sessions: readonly Pick<SessionRecord, 'usage'>[]): TotalUsage {
  const all = sessions.map(({ usage = {} }) => usage)
  const sum = (key: keyof Usage) => {
    const known = all.flatMap((usage) => usage[key] ?? [])
    return known.length === 0 ? {} : { [key]: known.reduce((total, one) => total + one, 0) }
  }
  const cost = sum('cost')
  const isPartial =
    'cost' in cost && all.some((usage) => usage.cost === undefined && usage.inputTokens !== undefined)
  return {
    ...sum('inputTokens'),
    ...sum('outputTokens'),
    ...cost,
    ...(isPartial ? { isCostPartial: true } : {}),
  }
}

/** The same as a field, if anything is known. */
export function totalUsage(sessions: readonly Pick<SessionRecord, 'usage'>[]): { usage?: TotalUsage } {
  const usage = usageOf(sessions)
  return Object.keys(usage).length === 0 ? {} : { usage }
}
