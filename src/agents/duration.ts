import * as z from 'zod/mini'

const form = 'a number of seconds, or a text like 90s, 20m, 2h'

/** A duration in agents.yaml. */
export const Duration = z.union(
  [z.number().check(z.positive(form)), z.string().check(z.regex(/^\d+(\.\d+)?\s*[smh]$/, form))],
  form,
)

const unitSeconds = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
])

/** A duration in milliseconds. */
export function toMilliseconds(duration: z.infer<typeof Duration>): number {
  if (typeof duration === 'number') return duration * 1000
  return Number.parseFloat(duration) * (unitSeconds.get(duration.slice(-1)) ?? 1) * 1000
}
