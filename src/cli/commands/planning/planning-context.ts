import { exitCodes, WorkError } from '../../../errors.ts'
import { planApproval } from '../../../approval/gate.ts'
import { isUnfilled } from '../../../plan/unfilled.ts'
import { planningPaths, type PlanningPaths } from '../../../paths.ts'
import { readPlan } from '../../../planning/draft-file.ts'
import {
  adoptSession,
  openPlanning,
  planningOf,
  planningThread,
  standingIn,
  type PlanState,
} from '../../../planning/state.ts'
import { defaultRunner } from '../../../runners/registry.ts'
import { claim, holderOf, type Holder } from '../../../store/lock.ts'
import { openTasks, type TasksStore } from '../../../store/tasks/tasks.ts'
import { describeHolder } from '../../../threads/leases.ts'
import { advice, work } from '../../../text/hint.ts'
import { now, refresh, type StreamContext } from '../../context.ts'
import type { DraftStanding } from '../../../../machines/draft-context.ts'

/** The planning of a workstream. */
export interface PlanningContext {
  /** The workstream. */
  context: StreamContext
  paths: PlanningPaths
  planning: TasksStore
}

/** Opens the planning of a workstream. */
export function openPlanningOf(context: StreamContext): PlanningContext {
  const paths = planningPaths(context.workspace, context.entry.id)
  // A plan may be drafted before there are tasks, inside a session too.
  const tasks = openTasks(context.stream, now)
  return { context: { ...context, tasks }, paths, planning: openPlanning(paths, now) }
}

/** The planning as a workstream whose only thread is its session: for commands about threads. */
export function asStream({ context, paths, planning }: PlanningContext): StreamContext {
  return { ...context, stream: paths, tasks: planning }
}

/** How far a planning is now. */
export function draftStanding({ context, paths, planning }: PlanningContext): DraftStanding {
  return standingIn(planning.read(), planState({ context, paths }))
}

/** What PLAN.md is now. */
export function planState({ context, paths }: Pick<PlanningContext, 'context' | 'paths'>): PlanState {
  const text = readPlan(paths)
  if (text === undefined || isUnfilled(text)) return 'unwritten'
  return planApproval(refresh(context).entry.approval, text).state === 'approved' ? 'approved' : 'written'
}

/** Becomes the process that plans: a `WorkError` (`planning-busy`) names another one. */
export async function ownPlanning(place: PlanningContext): Promise<{ release: () => void }> {
  const command = ['work', ...process.argv.slice(2)].join(' ')
  const self = { pid: process.pid, command, since: now().toISOString() }
  const claimed = await claim(place.paths.owner, self)
  if ('release' in claimed) return { release: () => claimed.release() }
  throw planningBusy(place, claimed.holder)
}

/** Throws a `WorkError` (`planning-busy`) while a process plans the workstream, also if it waits for an answer. */
export async function requireUnplanned(place: PlanningContext): Promise<void> {
  const holder = await holderOf(place.paths.owner)
  if (holder !== undefined) throw planningBusy(place, holder)
}

function planningBusy({ context }: PlanningContext, holder: Holder | undefined): WorkError {
  const who = holder === undefined ? 'another process' : describeHolder(holder)
  return new WorkError(`${context.entry.id} is being planned by ${who}.`, {
    code: 'planning-busy',
    hint: advice`Answer its question or end it there; ${work('logs', 'plan', '--follow')} shows what its agent does.`,
    exitCode: exitCodes.unfinished,
  })
}

/** Takes over the session that an earlier version recorded in index.json, so that it can be given more to do. */
export async function takeOverSession({ context, planning }: PlanningContext, agent: string): Promise<void> {
  const known = context.entry.planningSession
  const file = planning.read()
  if (known === undefined || planningThread(file) !== undefined || planningOf(file).requests.length > 0)
    return
  const session = {
    sessionId: known.sessionId,
    agentName: agent,
    model: '',
    startedAt: known.createdAt,
    completedAt: known.createdAt,
    status: 'completed' as const,
    attempt: 1,
    runner: defaultRunner,
    // What it used is not known, but it has a conversation.
    usage: {},
  }
  await planning.commit((latest) => {
    if (planningThread(latest) === undefined) adoptSession(latest, session)
  })
}
