import { relative } from 'node:path'
import type { SessionRecord } from '../../machines/session.ts'
import { plainText } from '../agents/plain.ts'
import { parentId } from '../ids.ts'
import { requireInside } from '../inside.ts'
import { findThread, type Plan } from '../plan/plan.ts'
import { writeWhole } from '../store/atomic.ts'
import { readText } from '../store/json-file.ts'
import { promptPath, type StreamPaths } from '../workspace.ts'
import { history, resumption, word } from './prompt-history.ts'
import { listTasksLeft, taskLines } from './prompt-tasks.ts'
import type { ThreadFacts } from './thread-facts.ts'

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
    requireInside(stream.root, path)
    await writeWhole(path, renderPrompt(stream, plan, thread))
    paths.push(path)
  }
  return paths
}

/** What an agent is told of a thread before its first session. */
export function renderPrompt(stream: Pick<StreamPaths, 'id'>, plan: Plan, thread: ThreadFacts): string {
  const written = findThread(plan, thread.id)?.thread
  return plainText(`Hello Agent!

You are working on the "${thread.batch}" batch at the "${thread.stage}" stage of the "${plan.name}" workstream.

This is your thread:

"${thread.name}" (${thread.id})

## Thread Summary

${written?.summary ?? 'The plan says nothing of this thread.'}

## Thread Details

${written?.details ?? ''}

Your tasks are:
${taskLines(thread).join('\n')}

Tell how it goes, task by task, with the command \`work\`:

- \`work update --stream ${stream.id} --task "<id>" --status in_progress\` when you begin one,
- \`work update --stream ${stream.id} --task "<id>" --status completed --report "<what you did>"\` when it is done,
- \`work update --stream ${stream.id} --task "<id>" --status blocked --report "<why>"\` when you can't go on.

When listing tasks, use \`work list --stream ${stream.id} --tasks --batch "${parentId(thread.id, 'batch')}"\` to see tasks for this batch only.

Use the \`implementing-workstreams\` skill.
`)
}

/**
 * What the agent of one session is told: the thread's prompt file, which a person may have edited, else the prompt made
 * from the plan, with the tasks that are left. A session after the first hears of the earlier ones; one that goes on with
 * another is told only what it can't know.
 */
export function sessionPrompt(
  stream: StreamPaths,
  plan: Plan,
  thread: ThreadFacts,
  session: SessionRecord,
): string {
  const earlier = thread.sessions.filter(({ token }) => token === undefined || token !== session.token)
  if (session.mode === 'resume') return resumption(thread, session, earlier)
  const body = readPrompt(stream, thread) ?? renderPrompt(stream, plan, thread)
  const parts = [history(thread, session, earlier), word(session)].filter((part) => part !== '')
  return [listTasksLeft(body, thread), ...parts].join('\n')
}

function readPrompt(stream: StreamPaths, thread: ThreadFacts): string | undefined {
  const path = promptPathOf(stream, thread)
  return readText({ path, label: relative(stream.root, path) })
}
