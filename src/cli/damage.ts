import { damageIn } from '../engine/damage.ts'
import type { ThreadFacts } from '../engine/thread-facts.ts'
import { plainText } from '../ui/text.ts'
import { commandLog } from './command-log.ts'
import { say } from './output.ts'

/** Says what is damaged of these threads in tasks.json. It stops only who needs them. */
export function warnOfDamage(
  threads: readonly ThreadFacts[],
  warn: (warning: string) => void = (warning) => say(warning),
): void {
  for (const sentence of damageIn(threads)) {
    commandLog()?.write('warning', { text: sentence })
    warn(plainText(`Warning: ${sentence}`))
  }
}
