import type { SessionRecord, TotalUsage } from '../../machines/session.ts'
import { totalOf } from '../../machines/usage.ts'

/** The usage of several sessions together. A number that no session has stays unknown. */
export function usageOf(sessions: readonly Pick<SessionRecord, 'usage'>[]): TotalUsage {
  const all = sessions.map(({ usage = {} }) => usage)
  const total = totalOf(all)
  const isPartial =
    total.cost !== undefined &&
    all.some(({ cost, inputTokens }) => cost === undefined && inputTokens !== undefined)
  return { ...total, ...(isPartial ? { isCostPartial: true } : {}) }
}

/** The same as a field, if anything is known. */
export function totalUsage(sessions: readonly Pick<SessionRecord, 'usage'>[]): { usage?: TotalUsage } {
  const usage = usageOf(sessions)
  return Object.keys(usage).length === 0 ? {} : { usage }
}
