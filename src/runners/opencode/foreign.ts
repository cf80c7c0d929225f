import { locateSession, originAt, type ForeignSession } from '../../process/origin.ts'
import type { SeenSession } from '../../process/membership.ts'

/**
 * Why this checkout must not act on an opencode session; undefined if it may. A server given by address can be used
 * from anywhere.
 */
export function foreignSession({ record, root }: SeenSession): ForeignSession | undefined {
  const place = locateSession(record.origin, originAt(root))
  if (typeof place === 'string') return undefined
  return place.type === 'elsewhere' || record.server === undefined ? place : undefined
}
