import { existsSync } from 'node:fs'
import { describeIssue, describeValue } from '../store/json/issues.ts'
import { isDamaged } from '../store/tasks/quarantine.ts'
import { StoredSession, type Task } from '../store/tasks/schema.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import type { StreamPaths } from '../paths.ts'
import { topState, type ThreadFacts } from './thread.ts'

/** Damage in the threads of tasks.json that affects only these threads: one sentence each, with what to do. */
export function damageIn(threads: readonly ThreadFacts[]): string[] {
  return threads.flatMap((thread) => [
    ...thread.tasks.flatMap((task) => damagedSessions(thread, task)),
    ...lostSession(thread),
    ...damagedChart(thread),
  ])
}

/** What is unknown about a workstream's earlier sessions because the threads.json of version 1 can't be read. */
export function unreadThreads({ stream, tasks }: { stream: StreamPaths; tasks: TasksStore }): string[] {
  // Few workstreams have such a file, and the others need not read tasks.json a second time.
  if (!existsSync(stream.threadsV1)) return []
  const { threads_v1_unread: why } = tasks.read()
  if (why === undefined) return []
  return [
    `${why} Its sessions are not imported; the file was left unchanged. Fix it to import those sessions, or delete it to silence this warning.`,
  ]
}

function damagedSessions({ id }: ThreadFacts, task: Task): string[] {
  const { damaged_sessions: damaged = [] } = task
  return damaged.map(
    (found) =>
      `A session record of thread ${id} in tasks.json can't be used: ${describeMisfit(found)}. It is kept in "damaged_sessions" of task ${task.id}: repair it and move it back to "sessions", or delete it.`,
  )
}

function describeMisfit(found: unknown): string {
  const { error } = StoredSession.safeParse(found)
  if (error === undefined) return 'it was set aside, but is valid now'
  return describeIssue(error, found).text
}

function lostSession({ id, tasks, sessions }: ThreadFacts): string[] {
  const current = tasks.find((task) => task.currentSessionId !== undefined)?.currentSessionId
  if (current === undefined || sessions.some(({ sessionId }) => sessionId === current)) return []
  return [
    `Thread ${id} names ${describeValue(current)} as its current session in tasks.json, but there is no record of it. If that session is running, it is not supervised.`,
  ]
}

function damagedChart({ id, envelope }: ThreadFacts): string[] {
  if (envelope === undefined || topState(envelope) !== undefined) return []
  const found = isDamaged(envelope)
    ? `found ${describeValue(envelope.snapshot)}`
    : 'its snapshot has no known state'
  return [
    `The state of thread ${id} in "threads" of tasks.json can't be used: ${found}. Its status is taken from its sessions, and it can't be run. Restore the file from git, or remove "${id}" there to use its sessions alone.`,
  ]
}
