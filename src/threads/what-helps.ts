import type { Reason } from '../../machines/statuses.ts'
import type { ThreadFacts } from './thread.ts'
import { standingOf } from './standing.ts'
import { advice, withCommands, work, type HintSource } from '../text/hint.ts'

/** By the reason of a failure, what the user can do about it. docs/agents.md has the same sentences. */
export const help: Readonly<Record<string, HintSource>> = {
  incomplete: advice`Resume or retry: the agent gets the open tasks. Its reports: ${work('review', '<id>')}`,
  'no-output': advice`Check the model and the command of the agent: ${work('agents')}`,
  provider: 'Fix the API key or the name of the model, or use another model or agent.',
  'rate-limit': advice`Use another agent, or wait: ${work('continue', '--wait')}`,
  'cut-off': 'Use another model (--model), or make the thread smaller.',
  rejected: "Set permissions: full for the agent, or add a rule to its program's own settings.",
  'server-lost': 'Resume: the session still knows everything.',
  'session-missing': 'Retry: that starts a new session.',
  exit: 'See its last output, fix the cause, then resume or retry.',
  'broken-off': 'Resume: it continues where it stopped.',
  signal: 'After SIGKILL memory may have run out: lower parallel in agents.yaml.',
  'agent-missing': 'Install the program, or correct command in agents.yaml.',
  spawn: 'See why it could not start, and correct command in agents.yaml.',
  timeout: 'Raise timeout in agents.yaml, or make the thread smaller.',
  hung: 'See in its log what it was about to do.',
  user: 'Resume: it continues where it stopped.',
  lost: 'Resume, or retry if that is not possible.',
  setup: 'See the output of setup in its log, correct setup in agents.yaml, then retry.',
  tree: advice`Resume: the agent tidies up its clone. Or do it by hand, then: ${work('merge')}`,
  verify: 'Resume: the agent gets the last lines of the output, and corrects its work.',
  conflict: advice`Resume: the agent merges both. Or merge by hand in its clone, then: ${work('merge')}`,
  elsewhere: 'Retry: that starts a new session in this checkout.',
} satisfies Record<Reason, HintSource>

/** What helps with the failures of these threads: a sentence, with the threads that it is about where they differ. */
export function whatHelps(threads: readonly ThreadFacts[]): { hint: HintSource; threads: string[] }[] {
  const found = new Map<HintSource, string[]>()
  for (const thread of threads) {
    const reason = thread.foreign?.type ?? standingOf(thread).reason
    const hint = reason === null || !Object.hasOwn(help, reason) ? undefined : help[reason]
    if (hint === undefined) continue
    found.set(hint, [...(found.get(hint) ?? []), thread.id])
  }
  return [...found].map(([hint, ids]) => {
    const [only] = ids
    if (only === undefined || ids.length > 1) return { hint, threads: ids }
    const named = withCommands(hint, (line) => line.map((word) => (word === '<id>' ? only : word)))
    return { hint: named, threads: ids }
  })
}
