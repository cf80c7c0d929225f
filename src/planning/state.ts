import type { DraftRequest, DraftStage, DraftStanding } from '../../machines/draft-context.ts'
import type { SessionRecord } from '../../machines/session.ts'
import type { PlanningPaths } from '../paths.ts'
import type { PlanningRecord, PlanningRequest, Task, TasksFile } from '../store/tasks/schema.ts'
import { openTasks, type TasksStore } from '../store/tasks/tasks.ts'
import { threadsOf, type ThreadFacts } from '../threads/thread.ts'

/** The thread that a planning is recorded as; no plan has this number. */
export const planningThreadId = '00.00.00'

/** How users name it: `work logs plan`. */
export const planningName = 'plan'

/** Opens the record of a workstream's planning; `now` stamps each write. One that does not exist yet reads as empty. */
export function openPlanning(paths: PlanningPaths, now: () => Date): TasksStore {
  return openTasks(paths, now)
}

/** The session of a planning, as a thread; undefined before the first request. */
export function planningThread(file: TasksFile): ThreadFacts | undefined {
  return threadsOf(file).find(({ id }) => id === planningThreadId)
}

/** What is recorded about a planning, or what an empty record holds. */
export function planningOf(file: TasksFile): PlanningRecord {
  return file.planning ?? { requests: [], versions: [] }
}

/** What a request is recorded with. */
export interface RequestFacts {
  /** ISO time. */
  at: string
  /** SHA-256 of the draft before it, in hex; undefined if there is none. */
  draft: string | undefined
}

/** Records a request, which nobody has worked on yet. */
export function addRequest(file: TasksFile, request: DraftRequest, { at, draft }: RequestFacts): void {
  if (planningThread(file) === undefined) file.tasks.push(newTask(at))
  const planning = planningOf(file)
  const entry: PlanningRequest = {
    kind: request.kind,
    at,
    sessions: planningThread(file)?.sessions.length ?? 0,
    ...('text' in request && { text: request.text }),
    ...('problems' in request && { problems: [...request.problems] }),
    ...(draft !== undefined && { draft }),
  }
  const { settled_at: _, ...rest } = planning
  file.planning = { ...rest, requests: [...planning.requests, entry] }
}

/** What PLAN.md is: approved as it is; written, or a template that nobody has filled in. */
export type PlanState = 'approved' | 'written' | 'unwritten'

/** How far a planning is. */
export function standingIn(file: TasksFile, plan: PlanState): DraftStanding {
  const { requests } = planningOf(file)
  const asked = requests.findLastIndex(({ kind }) => kind !== 'repair')
  return {
    stage: stageIn(file, plan),
    repairs: requests.length - 1 - asked,
    isByHand: requests.at(-1)?.kind === 'edit',
  }
}

function stageIn(file: TasksFile, plan: PlanState): DraftStage {
  const { requests, settled_at: settledAt } = planningOf(file)
  const last = requests.at(-1)
  if (last === undefined) return 'empty'
  // A plan that nobody has approved is still to be reviewed.
  if (settledAt !== undefined)
    return ({ approved: 'settled', written: 'answered', unwritten: 'empty' } as const)[plan]
  if (last.kind === 'edit') return 'answered'
  const thread = planningThread(file)
  if (thread === undefined || thread.sessions.length <= last.sessions) return 'open'
  if (thread.status === 'completed') return 'answered'
  return thread.status === 'failed' ? 'failed' : 'open'
}

/** The session of a version that knew only its id, as one that can be given more to do. */
export function adoptSession(file: TasksFile, session: SessionRecord): void {
  const task = newTask(session.startedAt)
  file.tasks.push({ ...task, status: 'completed', sessions: [session] })
}

function newTask(at: string): Task {
  return {
    id: `${planningThreadId}.01`,
    name: 'Write the plan',
    stage_name: 'Planning',
    batch_name: 'Planning',
    thread_name: 'Plan',
    status: 'pending',
    created_at: at,
    updated_at: at,
  }
}
