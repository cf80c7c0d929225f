import type { SessionRecord } from '../../../machines/session.ts'
import * as z from 'zod/mini'
import { compareIds, normalizeId, parentId } from '../../ids.ts'
import { compileGuard } from '../json/guard.ts'
import { keeping, StoredSession, Task, type TasksFile } from './schema.ts'

/** tasks.json of version 1: the same tasks without state machines. */
export type TasksFileV1 = z.infer<typeof TasksFileV1>
export const TasksFileV1 = keeping({
  version: z.string(),
  stream_id: z.string(),
  last_updated: z.string(),
  tasks: z.array(Task),
})

/** The ancestor's data about a thread's sessions. It invented its session ids; the two other ids are the runner's. */
const ThreadV1 = keeping({
  threadId: z.string(),
  sessions: z.optional(z.array(StoredSession)),
  currentSessionId: z.optional(z.string()),
  opencodeSessionId: z.optional(z.string()),
  workingAgentSessionId: z.optional(z.string()),
  /** Session records that can't be used, after they are set aside. */
  damaged_sessions: z.optional(z.array(z.unknown())),
})
type ThreadV1 = z.infer<typeof ThreadV1>

/** threads.json, which later files of version 1 come with. */
export type ThreadsFileV1 = z.infer<typeof ThreadsFileV1>
export const ThreadsFileV1 = keeping({ version: z.string(), threads: z.array(ThreadV1) })

export const isTasksFileV1 = compileGuard(TasksFileV1)
export const isThreadsFileV1 = compileGuard(ThreadsFileV1)

/**
 * Version 1 → 2. Each thread's sessions are collected on its first task. A session that is still `running` has lost
 * its process, because version 1 recorded none.
 */
export function migrateTasks(file: TasksFileV1): TasksFile {
  const tasks = file.tasks.toSorted((left, right) => compareIds(left.id, right.id))
  for (const tasksOfThread of groupByThread(tasks).values()) moveSessionsToFirst(tasksOfThread)
  return { ...file, version: '2.0.0', tasks, threads: {} }
}

/** Adds the data of threads.json to a file of version 2. Newer sessions stay after those of version 1. */
export function addThreadsV1({ tasks }: TasksFile, { threads }: ThreadsFileV1): void {
  const byId = new Map(threads.map((thread) => [normalizeId(thread.threadId, 'thread'), thread]))
  for (const [threadId, group] of groupByThread(tasks)) {
    const thread = byId.get(threadId)
    const first = group.find((task) => task.sessions !== undefined && task.sessions.length > 0) ?? group[0]
    if (thread !== undefined && first !== undefined) addThread(first, thread)
  }
}

function groupByThread(tasks: Task[]): Map<string, Task[]> {
  const groups = new Map<string, Task[]>()
  for (const task of tasks) {
    const id = parentId(task.id, 'thread')
    const group = groups.get(id)
    if (group === undefined) groups.set(id, [task])
    else group.push(task)
  }
  return groups
}

function moveSessionsToFirst(tasks: Task[]): void {
  const [first] = tasks
  if (first === undefined) return
  const found = tasks.flatMap((task) => task.sessions ?? [])
  const had = first.sessions !== undefined
  for (const task of tasks) {
    delete task.sessions
    delete task.currentSessionId
  }
  if (had || found.length > 0) first.sessions = mergeSessions(found.map(settleLost))
}

/** The runner's own id goes to the last session, which a resume continues. Everything else is kept with it. */
function addThread(first: Task, thread: ThreadV1): void {
  const { threadId: _, sessions = [], currentSessionId: __, damaged_sessions: damaged = [], ...rest } = thread
  const before = first.sessions ?? []
  const old = mergeSessions([...before.filter(isOld), ...sessions.map(settleLost)])
  if (old.length > 0) first.sessions = [...old, ...before.filter((session) => !isOld(session))]
  const last = old.at(-1)
  const runnerSessionId = thread.workingAgentSessionId ?? thread.opencodeSessionId
  if (last !== undefined && runnerSessionId !== undefined) last.runnerSessionId = runnerSessionId
  if (damaged.length > 0) first.damaged_sessions = [...(first.damaged_sessions ?? []), ...damaged]
  if (Object.keys(rest).length > 0) first.thread_v1 = rest
}

/** Version 1 knew only one runner and did not name it. */
function isOld(session: SessionRecord): boolean {
  return session.runner === undefined
}

/**
 * One record per session, oldest first. Of two records, the later one completes the earlier one, but never overwrites
 * a known end.
 */
function mergeSessions(found: SessionRecord[]): SessionRecord[] {
  const sessions = new Map<string, SessionRecord>()
  for (const session of found) {
    const known = sessions.get(session.sessionId)
    sessions.set(session.sessionId, known === undefined ? session : mergeSession(known, session))
  }
  return [...sessions.values()].toSorted((left, right) => (left.startedAt < right.startedAt ? -1 : 1))
}

function mergeSession(known: SessionRecord, session: SessionRecord): SessionRecord {
  if (isLost(session)) return { ...session, ...known }
  const { reason, ...rest } = known
  return { ...rest, ...(isLost(known) || reason === undefined ? {} : { reason }), ...session }
}

function settleLost(session: SessionRecord): SessionRecord {
  return session.status === 'running' ? { ...session, status: 'interrupted', reason: 'lost' } : session
}

function isLost({ status, reason }: SessionRecord): boolean {
  return status === 'interrupted' && reason === 'lost'
}
