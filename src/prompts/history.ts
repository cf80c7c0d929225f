import type { SessionRecord } from '../../machines/session.ts'
import { oneLine, withTabs } from '../text/sanitize.ts'
import type { Task } from '../store/tasks/schema.ts'
import { taskLines } from './open-tasks.ts'
import { explainReason } from '../threads/reasons.ts'
import type { ThreadFacts } from '../threads/thread.ts'

/** Limits of what is passed on: a prompt is read as a whole, and earlier sessions may have written anything. */
const most = { attempts: 5, lines: 12, lineLength: 300, reports: 30, reportLength: 600, noteLength: 8000 }

/** Summary of earlier attempts, for a retry prompt; empty for the first attempt. */
export function history(thread: ThreadFacts, session: SessionRecord, earlier: SessionRecord[]): string {
  const last = earlier.at(-1)
  if (last === undefined) return ''
  const before = earlier.slice(-most.attempts - 1, -1)
  return joinParts([
    `## Attempt ${session.attempt ?? earlier.length + 1}`,
    `This thread was attempted before and is not done. The last attempt, ${describeEnd(last, earlier.length)}.`,
    before.length === 0
      ? ''
      : `Earlier attempts: ${before.map((one) => describeEnd(one, earlier.indexOf(one) + 1)).join('; ')}.`,
    lastWords(last),
    reports(thread),
    'Only the tasks listed above are left; everything else in the thread is done or cancelled. Before you begin, look at the existing work and at why the last attempt ended, and do not repeat its mistake.',
  ])
}

/** The prompt for an agent that resumes its own session: it knows the rest. `problem`: why its work was not merged. */
export function resumption(
  thread: ThreadFacts,
  session: SessionRecord,
  earlier: SessionRecord[],
  problem: string,
): string {
  const last = earlier.at(-1)
  const why = last === undefined ? '' : explainReason(last)
  const tasks = taskLines(thread)
  if (problem !== '' && tasks.length === 0) {
    return joinParts([
      `All tasks of your thread "${oneLine(thread.name)}" (${thread.id}) are done, but one thing is left.`,
      problem,
      word(session),
    ])
  }
  return joinParts([
    `Your session on thread "${oneLine(thread.name)}" (${thread.id}) ended before the thread was done${why === '' ? '' : `: ${why}`}.`,
    tasks.length === 0
      ? 'Continue where you left off. All its tasks are reported as done.'
      : `Continue where you left off. Do only the remaining tasks:\n\n${tasks.join('\n')}`,
    problem,
    word(session),
  ])
}

/** The user's note for this attempt; empty without one. */
export function word({ note = '' }: SessionRecord): string {
  const text = cut(withTabs(note).trim(), most.noteLength)
  return text === '' ? '' : joinParts(['## Note from the user', text])
}

/** `number 2, by agent "default" with a/one, failed: its program ended with an error (exit, exit code 3)` */
function describeEnd(session: SessionRecord, number: number): string {
  const { agentName, model, status, attempt = number } = session
  const by = oneLine(model === '' ? `"${agentName}"` : `"${agentName}" with ${model}`)
  const ended = status === 'interrupted' ? 'was interrupted' : status
  const why = explainReason(session)
  return `number ${attempt} by agent ${by}, ${ended}${why === '' ? '' : `: ${why}`}`
}

function lastWords({ detail = '' }: SessionRecord): string {
  const lines = withTabs(detail)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-most.lines)
    .map((line) => `    ${cut(line.trimEnd(), most.lineLength)}`)
  return lines.length === 0 ? '' : `Last output:\n\n${lines.join('\n')}`
}

/** What earlier sessions, or the user, wrote down for the next attempt. */
function reports({ tasks }: ThreadFacts): string {
  const told = tasks.flatMap((task) => {
    const text = reportOf(task)
    return text === '' ? [] : [`- ${task.id} (${task.status.replace('_', ' ')}): ${text}`]
  })
  if (told.length === 0) return ''
  const rest = told.length - most.reports
  const lines = rest > 0 ? [...told.slice(-most.reports), `- … and ${rest} earlier ones.`] : told
  return `Reports so far:\n\n${lines.join('\n')}`
}

function reportOf({ report = '', breadcrumb = '' }: Task): string {
  const [said, left] = [cut(oneLine(report), most.reportLength), cut(oneLine(breadcrumb), most.reportLength)]
  if (left === '' || said === left) return said
  return said === '' ? `left off at: ${left}` : `${said} Left off at: ${left}`
}

/** Cuts a text to this many characters, without splitting one. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text
  return `${text
    .slice(0, length)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()} …`
}

function joinParts(parts: string[]): string {
  return `${parts
    .filter((part) => part !== '')
    .map((part) => part.trimEnd())
    .join('\n\n')}\n`
}
