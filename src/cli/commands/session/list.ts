import { tasksWithin, type Target } from '../../../threads/find-task.ts'
import { planningName } from '../../../planning/state.ts'
import type { StreamEntry } from '../../../store/index/index-file.ts'
import { observeThreads } from '../../../engine/probe.ts'
import type { ThreadFacts } from '../../../threads/thread.ts'
import { settledBy } from '../../../threads/status.ts'
import { isUnder } from '../../../ids.ts'
import { renderThreadHistory } from '../../../ui/history.ts'
import { renderSessions } from '../../../ui/sessions.ts'
import { now, openStream } from '../../context.ts'
import { warnOfDamage } from '../inspect/integrity-warnings.ts'
import { outputStyle, outputWidth, print, printJson, say } from '../../output.ts'
import type { SessionOptions } from './find-session.ts'
import { readId } from '../../ids.ts'
import { standingOf } from '../../../threads/standing.ts'
import { asStream, openPlanningOf } from '../planning/planning-context.ts'
import { work } from '../../../text/hint.ts'

/** `work session list`: every session of a workstream; of one thread with what each wrote last. */
export async function sessionList(text: string | undefined, options: SessionOptions): Promise<number> {
  if (text === planningName) return listPlanning(options)
  const target: Target | undefined =
    text === undefined ? undefined : { level: 'thread', id: readId(text, 'thread', options) }
  const { entry, tasks, stream } = openStream(options)
  const all = await observeThreads(tasks, stream, now)
  tasksWithin(
    all.flatMap((thread) => thread.tasks),
    target === undefined ? [] : [target],
  )
  warnOfDamage({ tasks, stream }, all)
  const threads = all.filter(({ id }) => target === undefined || isUnder(id, target.id))
  const planned = target === undefined ? (await planningOf(options)).threads : []
  const sessions = [...planned, ...threads].flatMap(withThread)

  if (options.json === true) printJson({ stream: entry.id, sessions })
  else if (target !== undefined)
    print(threads.flatMap((thread) => renderThreadHistory(historyOf(thread), look())))
  else if (sessions.length > 0) print(renderSessions(sessions, look()))
  else say(`Nothing has run yet in ${entry.id}.`, { next: work('continue') })
  return 0
}

/** The session that plans, as a thread of its name; none if no agent has planned. */
async function planningOf(options: SessionOptions): Promise<{ entry: StreamEntry; threads: ThreadFacts[] }> {
  const { entry, tasks, stream } = asStream(openPlanningOf(openStream(options)))
  const threads = await observeThreads(tasks, stream, now)
  return { entry, threads: threads.map((thread) => ({ ...thread, id: planningName })) }
}

/** Every session that planned the workstream. */
async function listPlanning(options: SessionOptions): Promise<number> {
  const { entry, threads } = await planningOf(options)
  const sessions = threads.flatMap(withThread)
  if (options.json === true) printJson({ stream: entry.id, sessions })
  else if (sessions.length > 0)
    print(threads.flatMap((thread) => renderThreadHistory(historyOf(thread), look())))
  else say(`No agent has planned ${entry.id}.`, { next: work('plan', '--revise', '<words>') })
  return 0
}

function withThread(thread: ThreadFacts) {
  return thread.sessions.map((session, index) => ({ thread: thread.id, attempt: index + 1, ...session }))
}

function historyOf(thread: ThreadFacts) {
  const { id, name, sessions } = thread
  return { id, name, sessions, ...standingOf(thread), settledBy: settledBy(thread) }
}

function look() {
  return { style: outputStyle(), now: now().getTime(), width: outputWidth() ?? Infinity }
}
