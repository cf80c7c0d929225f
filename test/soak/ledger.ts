import { existsSync, readFileSync } from 'node:fs'
import * as z from 'zod'

/**
 * What agents say that they did, in a file outside the repository: the truth that tasks.json is compared with. `try` is
 * written before a report is made, `ack` when `work update` has ended with 0.
 */
const Entry = z.discriminatedUnion('what', [
  z.object({
    what: z.literal('start'),
    thread: z.string(),
    token: z.string(),
    /** Tokens of other agents that were running on the same thread. */
    beside: z.array(z.string()),
  }),
  z.object({ what: z.enum(['try', 'ack']), thread: z.string(), task: z.string(), report: z.string() }),
  z.object({ what: z.literal('end'), thread: z.string(), token: z.string(), code: z.number() }),
])
export type Entry = z.infer<typeof Entry>

/** The entries of a ledger. A last line that was cut off by a kill is none. */
export function readLedger(path: string): Entry[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.flatMap((line) => (line.endsWith('}') ? [Entry.parse(JSON.parse(line))] : []))
}
