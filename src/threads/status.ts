import * as z from 'zod/mini'
import { isClosed, type TaskStatus, type ThreadStatus } from '../../machines/statuses.ts'
import { compareIds, isUnder, parentId, type Level } from '../ids.ts'
import type { StreamEntry } from '../store/index/index-file.ts'
import type { Task } from '../store/tasks/schema.ts'
import type { PlanLook } from '../approval/changes/inspect.ts'
import { viewClone, viewIsolation, type CloneLook } from './clone-view.ts'
import { refusalToResume, type RestartWorld } from './restart.ts'
import { standingOf } from './standing.ts'
import { assignedAgent, mergedBefore, phaseOf, phaseSince, type ThreadFacts } from './thread.ts'
import { totalUsage } from './usage.ts'

/** A workstream as `work status` shows it, also with `--json`. */
export type StreamView = ReturnType<typeof viewStream>

export interface ViewOptions {
  /** Include each session of each thread. */
  sessions: boolean
  /** Needed to know which sessions can be resumed; undefined if that is not known. */
  restart: RestartWorld | undefined
  /** Only these threads; progress and stages are still those of the whole workstream. */
  choice: ThreadChoice
  /** The current plan: its threads without a record count as not done. */
  plan?: PlanLook | undefined
  /** Its clones; absent for a workstream without them. */
  clones?: CloneLook | undefined
}

/** Which threads to show. */
interface ThreadChoice {
  /** Ids of stages, batches or threads: only what belongs to them. */
  within: string[]
  /** Only failed, incomplete and interrupted threads. */
  failed: boolean
}

/** The state of a workstream, derived from its threads. */
export function viewStream(entry: StreamEntry, threads: ThreadFacts[], options: ViewOptions) {
  const { unrecorded = [], facts = [], isOpen = false } = options.plan ?? {}
  const all = [...threads, ...unrecorded].toSorted((left, right) => compareIds(left.id, right.id))
  const tasks = all.flatMap((thread) => thread.tasks)
  const status = streamStatus(entry, all, tasks)
  return {
    id: entry.id,
    name: entry.name,
    status: isOpen && status === 'completed' ? ('in_progress' as const) : status,
    percent: Math.min(percentOf(tasks), isOpen ? 99 : 100),
    ...totalUsage(threads.flatMap(({ sessions }) => sessions)),
    ...(options.clones !== undefined && { isolation: viewIsolation(threads, options.clones) }),
    stages: group(all, 'stage').map(([id, members]) => viewStage(id, members)),
    threadCount: threads.length,
    threads: threads
      .filter((thread) => isChosen(thread, options.choice))
      .map((thread) => viewThread(thread, threads, options)),
    ...(unrecorded.length === 0 ? {} : { unrecorded: unrecorded.map(viewUnrecorded) }),
    ...(facts.length === 0 ? {} : { differences: facts }),
  }
}

/** A thread of the plan without a record. */
function viewUnrecorded({ id, name, tasks }: ThreadFacts) {
  return { id, name, tasks: tasks.length }
}

function isChosen(thread: ThreadFacts, { within, failed }: ThreadChoice): boolean {
  if (!within.every((id) => isUnder(thread.id, id))) return false
  return !failed || ['failed', 'interrupted'].includes(standingOf(thread).status)
}

const Settled = z.object({
  context: z.object({ settledBy: z.nullable(z.enum(['session', 'user', 'tasks'])) }),
})

/** What completed a thread, as recorded in its chart; null while it is not completed, or if that was not recorded. */
export function settledBy(thread: ThreadFacts): 'session' | 'user' | 'tasks' | null {
  if (standingOf(thread).status !== 'completed') return null
  const { data } = z.safeParse(Settled, thread.envelope?.snapshot)
  return data?.context.settledBy ?? null
}

/** Whether any thread may be resumed, judging by its state: only then agents.yaml must be read. */
export function needsAgents(threads: ThreadFacts[]): boolean {
  return threads.some((thread) => isOpenToRestart(thread) && thread.sessions.length > 0)
}

/** Threads as a tree. A branch has the most urgent status of its threads. */
export function viewTree(threads: ThreadFacts[]) {
  return group(threads, 'stage').map(([id, inStage]) => {
    const batches = group(inStage, 'batch').map(([batchId, inBatch]) => {
      const leaves = inBatch.map(viewLeaf)
      return { id: batchId, name: inBatch[0].batch, status: worstOf(leaves), threads: leaves }
    })
    return { id, name: inStage[0].stage, status: worstOf(batches), batches }
  })
}

function viewLeaf(thread: ThreadFacts) {
  const { status } = standingOf(thread)
  const tasks = thread.tasks.map((task) => ({ id: task.id, name: task.name, status: task.status }))
  return {
    id: thread.id,
    name: thread.name,
    status: status === 'pending' ? worstOf(tasks) : status,
    agent: thread.tasks.find((task) => task.assigned_agent !== undefined)?.assigned_agent,
    tasks,
  }
}

/** Statuses, the most urgent first. */
const byUrgency = ['failed', 'interrupted', 'blocked', 'running', 'in_progress', 'pending'] as const

function worstOf(nodes: { status: TaskStatus | ThreadStatus }[]): TaskStatus | ThreadStatus {
  return byUrgency.find((status) => nodes.some((node) => node.status === status)) ?? overAs(nodes)
}

/** A finished branch is completed, unless all of it was cancelled. */
function overAs(nodes: { status: TaskStatus | ThreadStatus }[]): 'completed' | 'cancelled' {
  return nodes.length > 0 && nodes.every(({ status }) => status === 'cancelled') ? 'cancelled' : 'completed'
}

function group(threads: ThreadFacts[], level: Level): [string, [ThreadFacts, ...ThreadFacts[]]][] {
  const groups = new Map<string, [ThreadFacts, ...ThreadFacts[]]>()
  for (const thread of threads) {
    const id = parentId(thread.id, level)
    const members = groups.get(id)
    if (members === undefined) groups.set(id, [thread])
    else members.push(thread)
  }
  return [...groups]
}

function viewThread(
  thread: ThreadFacts,
  all: readonly ThreadFacts[],
  { sessions, restart, clones }: ViewOptions,
) {
  const last = thread.sessions.at(-1)
  return {
    id: thread.id,
    name: thread.name,
    ...standingOf(thread),
    ...viewPhase(thread, all),
    ...(clones !== undefined && viewClone(thread, clones)),
    agent: (thread.status === 'running' ? last?.agentName : undefined) ?? assignedAgent(thread),
    sessionCount: thread.sessions.length,
    ...(thread.foreign === undefined ? {} : { foreign: thread.foreign }),
    resumable: isResumable(thread, restart),
    settledBy: settledBy(thread),
    tasks: { total: thread.tasks.length, completed: count(thread.tasks, 'completed') },
    ...totalUsage(thread.sessions),
    lastSession: last,
    ...(sessions ? { sessions: thread.sessions } : {}),
  }
}

/** What is done with a running thread now, and whose work is merged before its own. */
function viewPhase(thread: ThreadFacts, all: readonly ThreadFacts[]) {
  const phase = phaseOf(thread)
  if (phase === undefined) return {}
  const waitsFor = mergedBefore(thread.id, all).map(({ id }) => id)
  return {
    phase,
    phaseSince: phaseSince(thread),
    ...(phase === 'waiting' && waitsFor.length > 0 && { waitsFor }),
  }
}

function isOpenToRestart(thread: ThreadFacts): boolean {
  const { status } = standingOf(thread)
  return status === 'failed' || status === 'interrupted'
}

function isResumable(thread: ThreadFacts, world: RestartWorld | undefined): boolean {
  return world !== undefined && isOpenToRestart(thread) && refusalToResume(thread, world) === null
}

function viewStage(id: string, members: [ThreadFacts, ...ThreadFacts[]]) {
  const tasks = members.flatMap((thread) => thread.tasks)
  return {
    id,
    name: members[0].stage,
    status: stageStatus(members, tasks),
    completed: count(tasks, 'completed'),
    total: tasks.length,
    ...totalUsage(members.flatMap(({ sessions }) => sessions)),
  }
}

/** The status `on_hold` is set by the user; everything else follows from the tasks and the running threads. */
function streamStatus(entry: StreamEntry, threads: ThreadFacts[], tasks: Task[]): TaskStatus | 'on_hold' {
  if (entry.status === 'on_hold') return 'on_hold'
  return isOver(tasks) ? overAs(tasks) : hasBegun(threads, tasks) ? 'in_progress' : 'pending'
}

function stageStatus(threads: ThreadFacts[], tasks: Task[]): TaskStatus {
  if (isOver(tasks)) return overAs(tasks)
  if (hasBegun(threads, tasks)) return 'in_progress'
  return count(tasks, 'blocked') > 0 ? 'blocked' : 'pending'
}

function isOver(tasks: Task[]): boolean {
  return tasks.length > 0 && tasks.every((task) => isClosed(task.status))
}

function hasBegun(threads: ThreadFacts[], tasks: Task[]): boolean {
  return (
    threads.some((thread) => thread.status === 'running') ||
    tasks.some((task) => task.status === 'in_progress' || task.status === 'completed')
  )
}

/** 100 only if nothing is left to do. */
function percentOf(tasks: Task[]): number {
  const done = tasks.filter((task) => isClosed(task.status)).length
  return tasks.length === 0 ? 0 : Math.floor((100 * done) / tasks.length)
}

function count(tasks: Task[], status: TaskStatus): number {
  return tasks.filter((task) => task.status === status).length
}
