import { planningName, planningThread, planningThreadId } from '../../../planning/state.ts'
import { observeThreads } from '../../../engine/probe.ts'
import { requireTasks } from '../../../threads/find-task.ts'
import { requireAttempt, type Attempt } from '../../../threads/attempts.ts'
import type { ThreadFacts } from '../../../threads/thread.ts'
import { WorkError } from '../../../errors.ts'
import type { SessionRecord } from '../../../../machines/session.ts'
import { now, openStream, type CommonOptions, type StreamContext } from '../../context.ts'
import { warnOfDamage } from '../inspect/integrity-warnings.ts'
import { readId } from '../../ids.ts'
import { asStream, openPlanningOf } from '../planning/planning-context.ts'
import { advice, work } from '../../../text/hint.ts'

/** The options of `work session`. */
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
  /** Gives up work that is not merged. */
  drop?: boolean
}

/** A session that a command is about. */
export interface FoundSession extends Attempt {
  context: StreamContext
  thread: ThreadFacts
}

/** The session as it is now, as far as is known; undefined when tasks.json has lost it. */
export async function lookAgain({
  context,
  session: known,
}: FoundSession): Promise<SessionRecord | undefined> {
  const threads = await observeThreads(context.tasks, context.stream, now)
  const records = threads.flatMap(({ sessions }) => sessions)
  // One that is resumed keeps its id, and gets another token.
  return records.findLast(({ sessionId, token }) => sessionId === known.sessionId && token === known.token)
}

/** The session of a thread that a command is about: its last one, or the attempt of `--attempt`. */
export async function findSession(
  action: string,
  text: string | undefined,
  options: SessionOptions,
): Promise<FoundSession> {
  if (text === undefined) {
    throw new WorkError(`Specify a thread.`, {
      code: 'usage',
      hint: advice`${work('session', action, '01.01.01')}; ${work('status')} shows the threads.`,
    })
  }
  if (text === planningName) return findPlanning(action, options)
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

/** The session that plans a workstream. Its thread is called as users name it. */
async function findPlanning(action: string, options: SessionOptions): Promise<FoundSession> {
  const context = asStream(openPlanningOf(openStream(options)))
  if (planningThread(context.tasks.read()) === undefined) throw neverPlanned(context, action)
  const threads = await observeThreads(context.tasks, context.stream, now)
  const thread = threads.find(({ id }) => id === planningThreadId)
  if (thread === undefined || thread.sessions.length === 0) throw neverPlanned(context, action)
  const named = { ...thread, id: planningName }
  return { context, thread: named, ...requireAttempt(named, options.attempt) }
}

function neverPlanned({ entry }: StreamContext, action: string): WorkError {
  return new WorkError(`No agent has planned ${entry.id}.`, {
    code: 'never-planned',
    hint: advice`${work('plan', '--revise', '<words>')} lets one change the plan; ${work('session', action, '01.01.01')} is about a thread.`,
  })
}
