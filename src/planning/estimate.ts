import type { ThreadFacts } from '../threads/thread.ts'
export interface Estimate {
  basis: number
}
export function estimate(_: {
  threads: readonly { id: string; batch: string; agent: string }[]
  parallel: number
  history: readonly ThreadFacts[]
}): Estimate | undefined {
  return undefined
}
