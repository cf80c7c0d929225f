import { readFileSync } from 'node:fs'
import type { SessionRecord } from '../../machines/session.ts'
import { systemCode } from '../errors.ts'
import { normalizeId, parentId } from '../ids.ts'
import { findThread, type Plan } from '../plan/plan.ts'
import { writeWhole } from '../store/atomic.ts'
import { promptPath, type StreamPaths } from '../workspace.ts'
import { openTasks, type ThreadFacts } from './thread-facts.ts'

/** The prompt file of a thread, as an absolute path. */
export function promptPathOf(stream: StreamPaths, thread: ThreadFacts): string {
  const { id, stage, batch, name } = thread
  return promptPath(stream, { id, stage, batch, thread: name })
}

/** Writes the prompt files of threads, over what stands there. Gives their paths. */
export async function writePrompts(
  stream: StreamPaths,
  plan: Plan,
  threads: ThreadFacts[],
): Promise<string[]> {
  const paths: string[] = []
  for (const thread of threads) {
    const path = promptPathOf(stream, thread)
    await writeWhole(path, renderPrompt(stream, plan, thread))
    paths.push(path)
  }
  return paths
}

/** What an agent is told of a thread before its first session. */
export function renderPrompt(stream: Pick<StreamPaths, 'id'>, plan: Plan, thread: ThreadFacts): string {
  const written = findThread(plan, thread.id)?.thread
  return `Hello Agent!

You are working on the "${thread.batch}" batch at the "${thread.stage}" stage of the "${plan.name}" workstream.

This is your thread:

"${thread.name}" (${thread.id})

## Thread Summary

${written?.summary ?? 'The plan says nothing of this thread.'}

## Thread Details

${written?.details ?? ''}

Your tasks are:
${taskLines(thread)}

Tell how it goes, task by task, with the command \`work\`:

- \`work update --stream ${stream.id} --task "<id>" --status in_progress\` when you begin one,
- \`work update --stream ${stream.id} --task "<id>" --status completed --report "<what you did>"\` when it is done,
- \`work update --stream ${stream.id} --task "<id>" --status blocked --report "<why>"\` when you can't go on.

When listing tasks, use \`work list --stream ${stream.id} --tasks --batch "${parentId(thread.id, 'batch')}"\` to see tasks for this batch only.

Use the \`implementing-workstreams\` skill.
`
}

/**
 * What the agent of one session is told: the thread's prompt file, which a person may have edited, else the prompt made
 * from the plan; its tasks are those that are open now. A session after the first hears why the last one ended.
 */
export function sessionPrompt(
  stream: StreamPaths,
  plan: Plan,
  thread: ThreadFacts,
  session: SessionRecord,
): string {
  const last = thread.sessions.findLast((earlier) => earlier.token !== session.token)
  if (session.mode === 'resume') return resumption(thread, last)
  const body = replaceTasks(
    readPrompt(promptPathOf(stream, thread)) ?? renderPrompt(stream, plan, thread),
    thread,
  )
  return last === undefined ? body : `${body}\n${history(session, last)}`
}

function resumption(thread: ThreadFacts, last: SessionRecord | undefined): string {
  return `Your session on thread "${thread.name}" (${thread.id}) was stopped before its end${because(last)}.
Go on where you left off. What is left to do:

${taskLines(thread)}
`
}

function history(session: SessionRecord, last: SessionRecord): string {
  const words = last.detail === undefined ? '' : ` Its last words:\n\n${indent(last.detail)}\n`
  return `## Attempt ${session.attempt ?? ''}

This thread was tried before. The last session ended ${last.status}${because(last)}.${words}
Completed tasks are not listed above. Look at what is there already, and do not repeat the same mistake.
`
}

function because(session: SessionRecord | undefined): string {
  if (session?.reason === undefined) return ''
  const code = session.exitCode === undefined ? '' : `, exit code ${session.exitCode}`
  return ` (${session.reason}${code})`
}

/** Puts the open tasks where the text lists the thread's tasks, or at its end. */
function replaceTasks(text: string, thread: ThreadFacts): string {
  const lines = text.split('\n')
  const isTaskLine = (line: string) => taskIdOf(line)?.startsWith(`${thread.id}.`) === true
  const first = lines.findIndex(isTaskLine)
  if (first === -1) return `${text.trimEnd()}\n\nYour tasks are:\n${taskLines(thread)}\n`
  return lines
    .flatMap((line, index) => (index === first ? [taskLines(thread)] : isTaskLine(line) ? [] : [line]))
    .join('\n')
}

function taskIdOf(line: string): string | undefined {
  const id = /^\s*- \[.\] ([\d.]+)/.exec(line)?.[1]
  return id === undefined ? undefined : normalizeId(id, 'task')
}

function taskLines(thread: ThreadFacts): string {
  return openTasks(thread)
    .map((task) => `- [ ] ${task.id} ${task.name}`)
    .join('\n')
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}

function readPrompt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
