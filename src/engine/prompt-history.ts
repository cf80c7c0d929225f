import type { SessionRecord } from '../../machines/session.ts'
import { plainLine, plainText } from '../agents/plain.ts'
import type { Task } from '../store/tasks-schema.ts'
import { taskLines } from './prompt-tasks.ts'
import { describeReason } from './reason.ts'
import type { ThreadFacts } from './thread-facts.ts'

/** Bounds of what is passed on: a prompt is read whole, and earlier sessions may have said anything. */
const most = { attempts: 5, lines: 12, lineLength: 300, reports: 30, reportLength: 600, noteLength: 8000 }

/** What an agent hears of the sessions before its own; empty for the first. */
export function history(thread: ThreadFacts, session: SessionRecord, earlier: SessionRecord[]): string {
  const last = earlier.at(-1)
  if (last === undefined) return ''
  const before = earlier.slice(-most.attempts - 1, -1)
  return joinParts([
    `## Attempt ${session.attempt ?? earlier.length + 1}`,
    `This thread was tried before, and is not done. The last attempt, ${describeEnd(last, earlier.length)}.`,
    before.length === 0
      ? ''
      : `Before that: ${before.map((one) => describeEnd(one, earlier.indexOf(one) + 1)).join('; ')}.`,
    lastWords(last),
    reports(thread),
    'Only the tasks that are listed above are left: what else the thread asks for is done, or called off. Before you begin, look at what is there already, and at why the last attempt ended: do not do the same again.',
  ])
}

/** What an agent is told that goes on with a session of its own: it knows the rest. */
export function resumption(thread: ThreadFacts, session: SessionRecord, earlier: SessionRecord[]): string {
  const last = earlier.at(-1)
  const why = last === undefined ? '' : describeReason(last)
  const tasks = taskLines(thread)
  return joinParts([
    `Your session on thread "${plainLine(thread.name)}" (${thread.id}) ended before the thread was done${why === '' ? '' : `: ${why}`}.`,
    tasks.length === 0
      ? 'Go on where you left off. All its tasks are reported as done.'
      : `Go on where you left off. What is left to do, and nothing else:\n\n${tasks.join('\n')}`,
    word(session),
  ])
}

/** What a person wants this attempt to know; empty when they said nothing. */
export function word({ note = '' }: SessionRecord): string {
  const text = cut(plainText(note).trim(), most.noteLength)
  return text === '' ? '' : joinParts(['## A word from the person who looks after this', text])
}

/** `number 2, by agent "default" with a/one, failed: its program ended with an error (exit, exit code 3)` */
function describeEnd(session: SessionRecord, number: number): string {
  const { agentName, model, status, attempt = number } = session
  const by = plainLine(model === '' ? `"${agentName}"` : `"${agentName}" with ${model}`)
  const ended = status === 'interrupted' ? 'was interrupted' : status
  const why = describeReason(session)
  return `number ${attempt} by agent ${by}, ${ended}${why === '' ? '' : `: ${why}`}`
}

function lastWords({ detail = '' }: SessionRecord): string {
  const lines = plainText(detail)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-most.lines)
    .map((line) => `    ${cut(line.trimEnd(), most.lineLength)}`)
  return lines.length === 0 ? '' : `The last that is known of it:\n\n${lines.join('\n')}`
}

/** What earlier sessions, or people, wrote down for whoever comes next. */
function reports({ tasks }: ThreadFacts): string {
  const told = tasks.flatMap((task) => {
    const text = reportOf(task)
    return text === '' ? [] : [`- ${task.id} (${task.status.replace('_', ' ')}): ${text}`]
  })
  if (told.length === 0) return ''
  const rest = told.length - most.reports
  const lines = rest > 0 ? [...told.slice(-most.reports), `- … and ${rest} before these.`] : told
  return `What was written down so far:\n\n${lines.join('\n')}`
}

function reportOf({ report = '', breadcrumb = '' }: Task): string {
  const [said, left] = [
    cut(plainLine(report), most.reportLength),
    cut(plainLine(breadcrumb), most.reportLength),
  ]
  if (left === '' || said === left) return said
  return said === '' ? `left off at: ${left}` : `${said} Left off at: ${left}`
}

/** At most so many characters, never half of one. */
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
