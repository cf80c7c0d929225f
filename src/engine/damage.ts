import { existsSync } from 'node:fs'
import { describeIssue, describeValue } from '../store/issues.ts'
import { isDamaged } from '../store/tasks-damage.ts'
import { SessionRecord, type Task } from '../store/tasks-schema.ts'
import type { TasksStore } from '../store/tasks.ts'
import type { StreamPaths } from '../workspace.ts'
import { topState, type ThreadFacts } from './thread-facts.ts'

/** What is damaged in what tasks.json says of threads and stops nobody else: a sentence each, with what to do. */
export function damageIn(threads: readonly ThreadFacts[]): string[] {
  return threads.flatMap((thread) => [
    ...thread.tasks.flatMap((task) => damagedSessions(thread, task)),
    ...lostSession(thread),
    ...damagedChart(thread),
  ])
}

/** What is not known of a workstream's earlier sessions, since the threads.json of version 1 beside can't be read. */
export function unreadThreads({ stream, tasks }: { stream: StreamPaths; tasks: TasksStore }): string[] {
  // Few have such a file, and nobody else has to read tasks.json a second time.
  if (!existsSync(stream.threadsV1)) return []
  const { threads_v1_unread: why } = tasks.read()
  if (why === undefined) return []
  return [
    `${why} So what it knows of earlier sessions is left out, and it stays as it is. Mend it, and they are taken over; or delete it, and this warning goes.`,
  ]
}

function damagedSessions({ id }: ThreadFacts, task: Task): string[] {
  const { damaged_sessions: damaged = [] } = task
  return damaged.map(
    (found) =>
      `A session record of thread ${id} in tasks.json can't be used: ${describeMisfit(found)}. It is kept in "damaged_sessions" of task ${task.id}: mend it and put it back into "sessions", or delete it.`,
  )
}

function describeMisfit(found: unknown): string {
  const { error } = SessionRecord.safeParse(found)
  if (error === undefined) return 'it was put aside, and fits by now'
  return describeIssue(error, found).text
}

function lostSession({ id, tasks, sessions }: ThreadFacts): string[] {
  const current = tasks.find((task) => task.currentSessionId !== undefined)?.currentSessionId
  if (current === undefined || sessions.some(({ sessionId }) => sessionId === current)) return []
  return [
    `Thread ${id} names ${describeValue(current)} as its current session in tasks.json, and has no record of it. What runs of it, if anything does, is not watched.`,
  ]
}

function damagedChart({ id, envelope }: ThreadFacts): string[] {
  if (envelope === undefined || topState(envelope) !== undefined) return []
  const found = isDamaged(envelope)
    ? `found ${describeValue(envelope.snapshot)}`
    : 'its snapshot has no known state'
  return [
    `Where thread ${id} stands can't be told from "threads" in tasks.json: ${found}. It shows as its sessions ended, and can't be run. Restore the file from git, or remove "${id}" there to go by its sessions.`,
  ]
}
