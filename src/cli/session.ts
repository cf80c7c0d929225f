import { observeThreads } from '../engine/observe.ts'
import { requireTasks } from '../engine/find-task.ts'
import { requireAttempt, type Attempt } from '../engine/session-output.ts'
import type { ThreadFacts } from '../engine/thread-facts.ts'
import { WorkError } from '../errors.ts'
import { requireId } from '../ids.ts'
import type { SessionRecord } from '../store/tasks-schema.ts'
import { now, openStream, type CommonOptions, type StreamContext } from './context.ts'

export interface SessionOptions extends CommonOptions {
  attempt?: number
  follow?: boolean
  /** An opencode server to use, by its address. */
  server?: string
}

/** A session that a command is about. */
export interface FoundSession extends Attempt {
  context: StreamContext
  thread: ThreadFacts
}

/** What can be done with sessions. The file of each is loaded when it is called. */
const actions: Record<string, (found: FoundSession, options: SessionOptions) => Promise<number>> = {
  logs: async (found, options) => (await import('./session-logs.ts')).sessionLogs(found, options),
  attach: async (found, options) => (await import('./session-attach.ts')).sessionAttach(found, options),
}

/** `work session <action> <thread>`: sessions by hand. */
export async function session(
  action: string,
  thread: string | undefined,
  options: SessionOptions,
): Promise<number> {
  const act = Object.hasOwn(actions, action) ? actions[action] : undefined
  if (act === undefined) {
    throw new WorkError(
      `There is no action "${action}" for sessions. There are: ${Object.keys(actions).join(', ')}.`,
      {
        code: 'usage',
        hint: 'work session logs <thread>',
      },
    )
  }
  if (thread === undefined) {
    throw new WorkError(`Which thread's session is meant?`, {
      code: 'usage',
      hint: `work session ${action} 01.01.01; work status shows the threads.`,
    })
  }
  return await act(await findSession(thread, options), options)
}

/** The session as it is now, as far as anybody can tell; undefined when tasks.json has lost it. */
export async function lookAgain({
  context,
  thread,
  session: known,
}: FoundSession): Promise<SessionRecord | undefined> {
  const threads = await observeThreads(context.tasks, context.stream, now)
  const records = threads.find(({ id }) => id === thread.id)?.sessions ?? []
  // One that is resumed keeps its id, and gets another token.
  return records.findLast(({ sessionId, token }) => sessionId === known.sessionId && token === known.token)
}

async function findSession(text: string, options: SessionOptions): Promise<FoundSession> {
  const id = requireId(text, 'thread')
  const context = openStream(options)
  const threads = await observeThreads(context.tasks, context.stream, now)
  requireTasks(
    threads.flatMap(({ tasks }) => tasks),
    { level: 'thread', id },
  )
  const thread = threads.find((one) => one.id === id)
  if (thread === undefined) throw new Error(`Thread ${id} has tasks and is no thread.`)
  return { context, thread, ...requireAttempt(thread, options.attempt) }
}
