import { locateSession, originAt, type ForeignSession } from '../origin.ts'
import type { SeenSession } from '../runner.ts'

/** Why this checkout may not act on a session of opencode; undefined when it may. A server that was named is asked from anywhere. */
export function foreignTo({ record, root }: SeenSession): ForeignSession | undefined {
  const place = locateSession(record.origin, originAt(root))
  if (typeof place === 'string') return undefined
  return place.type === 'elsewhere' || record.server === undefined ? place : undefined
}
