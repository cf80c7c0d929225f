import type { Reason } from '../../machines/statuses.ts'
import type { ThreadFacts } from './thread.ts'
import { standingOf } from './standing.ts'

/** By the reason of a failure, what the user can do about it. docs/agents.md has the same sentences. */
export const help: Readonly<Record<string, string>> = {
  incomplete: 'Resume or retry: the agent gets the open tasks. Its reports: work list --thread <id>',
  'no-output': 'Check the model and the command of the agent: work agents',
  provider: 'Fix the API key or the name of the model, or use another model or agent.',
  'rate-limit': 'Use another agent, or wait: work continue --wait',
  'cut-off': 'Use another model (--model), or make the thread smaller.',
  rejected: "Set permissions: full for the agent, or add a rule to its program's own settings.",
  'server-lost': 'Resume: the session still knows everything.',
  'session-missing': 'Retry: that starts a new session.',
  exit: 'See its last output, fix the cause, then resume or retry.',
  signal: 'After SIGKILL memory may have run out: lower parallel in agents.yaml.',
  'agent-missing': 'Install the program, or correct command in agents.yaml.',
  spawn: 'See why it could not start, and correct command in agents.yaml.',
  timeout: 'Raise timeout in agents.yaml, or make the thread smaller.',
  hung: 'See in its log what it was about to do.',
  user: 'Resume: it continues where it stopped.',
  lost: 'Resume, or retry if that is not possible.',
  elsewhere: 'Retry: that starts a new session in this checkout.',
} satisfies Record<Reason, string>

/** What helps with the failures of these threads: a sentence, with the threads that it is about where they differ. */
export function whatHelps(threads: readonly ThreadFacts[]): { text: string; threads: string[] }[] {
  const found = new Map<string, string[]>()
  for (const thread of threads) {
    const reason = thread.foreign?.type ?? standingOf(thread).reason
    const text = reason === null || !Object.hasOwn(help, reason) ? undefined : help[reason]
    if (text === undefined) continue
    found.set(text, [...(found.get(text) ?? []), thread.id])
  }
  return [...found].map(([text, ids]) => {
    const [only] = ids
    return { text: only === undefined || ids.length > 1 ? text : text.replace('<id>', only), threads: ids }
  })
}
