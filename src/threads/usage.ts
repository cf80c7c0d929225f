import type { SessionRecord, Usage } from '../../machines/session.ts'

/** The usage of several sessions together. A number that no session has stays unknown. */
export function usageOf(sessions: readonly Pick<SessionRecord, 'usage'>[]): Usage {
  const all = sessions.map(({ usage = {} }) => usage)
  const sum = (key: keyof Usage) => {
    const known = all.flatMap((usage) => usage[key] ?? [])
    return known.length === 0 ? {} : { [key]: known.reduce((total, one) => total + one, 0) }
  }
  return { ...sum('inputTokens'), ...sum('outputTokens'), ...sum('cost') }
}
