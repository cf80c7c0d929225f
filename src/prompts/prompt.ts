import { relative } from 'node:path'
import type { SessionRecord } from '../../machines/session.ts'
import { withTabs } from '../text/sanitize.ts'
import { parentId } from '../ids.ts'
import { requireInside } from '../files/inside.ts'
import { findThread, type Plan } from '../plan/plan.ts'
import { writeDerived } from '../store/atomic-write.ts'
import { readText } from '../store/json/json-file.ts'
import { promptPath, type StreamPaths } from '../paths.ts'
import { history, resumption, word } from './history.ts'
import { listTasksLeft, taskLines } from './open-tasks.ts'
import { unmerged, workingCopy } from './delivery.ts'
import type { ThreadFacts } from '../threads/thread.ts'

/** The prompt file of a thread, as an absolute path. */
export function promptPathOf(stream: StreamPaths, thread: ThreadFacts): string {
  const { id, stage, batch, name } = thread
  return promptPath(stream, { id, stage, batch, thread: name })
}

/** Writes the prompt files of threads, replacing existing ones. Returns their paths. */
export function writePrompts(stream: StreamPaths, plan: Plan, threads: ThreadFacts[]): string[] {
  const files = threads.map((thread) => {
    const path = promptPathOf(stream, thread)
    requireInside(stream.root, path)
    return { path, text: renderPrompt(stream, plan, thread) }
  })
  writeDerived(files)
  return files.map(({ path }) => path)
}

/** The prompt for the first session of a thread. */
export function renderPrompt(stream: Pick<StreamPaths, 'id'>, plan: Plan, thread: ThreadFacts): string {
  const written = findThread(plan, thread.id)?.thread
  return withTabs(`Hello Agent!

You are working on the "${thread.batch}" batch at the "${thread.stage}" stage of the "${plan.name}" workstream.

This is your thread:

"${thread.name}" (${thread.id})

## Thread Summary

${written?.summary ?? 'The plan does not describe this thread.'}

## Thread Details

${written?.details ?? ''}

Your tasks are:
${taskLines(thread).join('\n')}

Report progress on each task with the \`work\` command:

- \`work update --stream ${stream.id} --task "<id>" --status in_progress\` when you begin it,
- \`work update --stream ${stream.id} --task "<id>" --status completed --report "<what you did>"\` when it is done,
- \`work update --stream ${stream.id} --task "<id>" --status blocked --report "<why>"\` when you can't continue.

When listing tasks, use \`work list --stream ${stream.id} --tasks --batch "${parentId(thread.id, 'batch')}"\` to see tasks for this batch only.

Use the \`implementing-workstreams\` skill if you have it.
`)
}

/** What prompts are made from. */
export interface PromptWorld {
  stream: StreamPaths
  plan: Plan
  /** All threads of the workstream. */
  threads: readonly ThreadFacts[]
  /** Whether commands prepare each clone. */
  hasSetup: boolean
}

/**
 * The prompt of one session: the thread's prompt file, which the user may have edited, otherwise one made from the
 * plan, with the remaining tasks. A later session gets a summary of earlier ones; a resumed one gets only what it
 * can't know.
 */
export function sessionPrompt(
  { stream, plan, threads, hasSetup }: PromptWorld,
  thread: ThreadFacts,
  session: SessionRecord,
): string {
  const earlier = thread.sessions.filter(({ token }) => token === undefined || token !== session.token)
  const problem = unmerged(thread, threads, plan)
  if (session.mode === 'resume') return resumption(thread, session, earlier, problem)
  const body = readPrompt(stream, thread) ?? renderPrompt(stream, plan, thread)
  const parts = [
    workingCopy(session, hasSetup),
    history(thread, session, earlier),
    problem,
    word(session),
  ].filter((part) => part !== '')
  return [listTasksLeft(body, thread), ...parts].join('\n')
}

function readPrompt(stream: StreamPaths, thread: ThreadFacts): string | undefined {
  const path = promptPathOf(stream, thread)
  // An empty one is what a power failure may have left.
  return readText({ path, label: relative(stream.root, path) }) || undefined
}
