import { observeThreads } from '../../../engine/probe.ts'
import { requireTasks } from '../../../threads/find-task.ts'
import type { ThreadFacts } from '../../../threads/thread.ts'
import { WorkError } from '../../../errors.ts'
import type { SessionRecord } from '../../../store/tasks/schema.ts'
import { now, openStream, type CommonOptions, type StreamContext } from '../../context.ts'
import { warnOfDamage } from '../inspect/integrity-warnings.ts'
import { readId } from '../../ids.ts'
import { requireAttempt, type Attempt } from '../../../threads/attempts.ts'

export interface SessionOptions extends CommonOptions {
  attempt?: number
  follow?: boolean
  /** An opencode server to use, by its address. */
  server?: string
  thread?: string
  batch?: string
  all?: boolean
  report?: string
  yes?: boolean
}

/** A session that a command is about. */
export interface FoundSession extends Attempt {
  context: StreamContext
  thread: ThreadFacts
}

interface Action {
  /** Its flags, beyond those that all commands have. */
  flags: (keyof SessionOptions)[]
  act: (thread: string | undefined, options: SessionOptions) => Promise<number>
}

/** What can be done with sessions. The file of each is loaded when it is called. */
const actions: Record<string, Action> = {
  list: {
    flags: ['thread'],
    act: async (thread, options) => (await import('./list.ts')).sessionList(thread, options),
  },
  logs: {
    flags: ['thread', 'attempt', 'follow'],
    act: async (thread, options) => {
      const found = await findSession('logs', thread, options)
      return (await import('./logs.ts')).sessionLogs(found, options)
    },
  },
  attach: {
    flags: ['thread', 'attempt', 'server'],
    act: async (thread, options) => {
      const found = await findSession('attach', thread, options)
      return (await import('./attach.ts')).sessionAttach(found, options)
    },
  },
  complete: {
    flags: ['thread', 'batch', 'all', 'report', 'yes'],
    act: async (thread, options) => (await import('./complete.ts')).sessionComplete(thread, options),
  },
}

/** `work session <action> [thread]`: sessions by hand. */
export async function session(
  name: string,
  argument: string | undefined,
  options: SessionOptions,
): Promise<number> {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (action === undefined) {
    const known = Object.keys(actions).join(', ')
    throw new WorkError(`Unknown action "${name}" for sessions. Known: ${known}.`, {
      code: 'usage',
      hint: 'work session list',
    })
  }
  refuseForeignFlags(name, action, options)
  if (argument !== undefined && options.thread !== undefined) {
    throw new WorkError(`The thread is named twice: ${argument}, and --thread ${options.thread}.`, {
      code: 'usage',
      hint: `work session ${name} ${argument}`,
    })
  }
  return await action.act(argument ?? options.thread, options)
}

function refuseForeignFlags(name: string, { flags }: Action, options: SessionOptions): void {
  const all = Object.values(actions).flatMap((action) => action.flags)
  const foreign = all.find((flag) => options[flag] !== undefined && !flags.includes(flag))
  if (foreign === undefined) return
  throw new WorkError(`work session ${name} takes no --${foreign}.`, {
    code: 'usage',
    hint: `Its flags: ${flags.map((flag) => `--${flag}`).join(', ')}.`,
  })
}

/** The session as it is now, as far as is known; undefined when tasks.json has lost it. */
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

async function findSession(
  action: string,
  text: string | undefined,
  options: SessionOptions,
): Promise<FoundSession> {
  if (text === undefined) {
    throw new WorkError(`Specify a thread.`, {
      code: 'usage',
      hint: `work session ${action} 01.01.01; work status shows the threads.`,
    })
  }
  const id = readId(text, 'thread', options)
  const context = openStream(options)
  const threads = await observeThreads(context.tasks, context.stream, now)
  requireTasks(
    threads.flatMap(({ tasks }) => tasks),
    { level: 'thread', id },
  )
  const thread = threads.find((one) => one.id === id)
  if (thread === undefined) throw new Error(`Thread ${id} has tasks and is no thread.`)
  warnOfDamage(context, [thread])
  return { context, thread, ...requireAttempt(thread, options.attempt) }
}
