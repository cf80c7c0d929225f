import type { ThreadHistory } from '../../src/diagram/path.ts'

/** A thread on which nothing has happened by default. */
export function history(fields: Partial<ThreadHistory> = {}): ThreadHistory {
  return { id: '01.01.02', name: 'Parser', status: 'pending', value: 'pending', sessions: [], ...fields }
}
