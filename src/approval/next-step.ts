import { existsSync } from 'node:fs'
import { describeForeign } from '../process/origin.ts'
import { WorkError } from '../errors.ts'
import { parentId } from '../ids.ts'
import type { StreamEntry } from '../store/index/index-file.ts'
import type { StreamPaths } from '../paths.ts'
import { closedGate, planApproval, requireApproval } from './gate.ts'
import { ownerOf } from '../threads/leases.ts'
import type { PlanLook } from './changes/inspect.ts'
import { isUnfilled } from '../plan/unfilled.ts'
import { readPlanText } from './plan-file.ts'
import type { IsolationRecord } from '../store/tasks/schema.ts'
import { counted } from '../text/plural.ts'
import { notLanded } from '../threads/clone-view.ts'
import { isBlocked, isDone, stagesOf, type ThreadFacts } from '../threads/thread.ts'
import { standingOf } from '../threads/standing.ts'
import { advice, work, type HintSource } from '../text/hint.ts'

/** What you can do next for a workstream: the reason and the command; no command if nothing is left to do. */
export interface NextStep {
  why: string
  command: HintSource | undefined
}

/**
 * The next step of a workstream with these observed threads. Every screen that shows one uses this. `isolation`: where
 * their work is merged, if they work in clones.
 */
export async function nextStepOf(
  entry: StreamEntry,
  stream: StreamPaths,
  threads: readonly ThreadFacts[],
  plan?: PlanLook,
  isolation?: IsolationRecord,
): Promise<NextStep> {
  const running = threads.filter(({ status, foreign }) => status === 'running' && foreign === undefined)
  const step =
    running.length > 0
      ? await watchStep(stream, running)
      : (foreignStep(threads) ??
        approvalStep(entry, stream, plan) ??
        tasksMdStep(stream) ??
        unrecordedStep(threads, plan) ??
        runStep(entry, threads, isolation))
  if (entry.status !== 'on_hold') return step
  return { ...step, why: `The workstream is on hold ("status" in work/index.json). ${step.why}` }
}

/** Agents keep running without the `work` that started them, but then nothing records how they end. */
async function watchStep(stream: StreamPaths, running: readonly ThreadFacts[]): Promise<NextStep> {
  const owners = await Promise.all(running.map(({ id }) => isOwned(stream, id)))
  return owners.includes(true)
    ? { why: `${countThreads(running)} running.`, command: work('status', '--watch') }
    : {
        why: `${countThreads(running)} running without a supervisor.`,
        command: work('continue'),
      }
}

/** A foreign session blocks its thread until the user decides what to do. */
function foreignStep(threads: readonly ThreadFacts[]): NextStep | undefined {
  const [thread] = threads.filter(({ foreign }) => foreign !== undefined)
  if (thread?.foreign === undefined) return undefined
  const { id, foreign } = thread
  const session = `The session of thread ${id} ${describeForeign(foreign)}.`
  return foreign.type === 'elsewhere'
    ? { why: `${session} To start a new one here:`, command: work('fix', '--thread', id, '--retry') }
    : {
        why: `${session} Continue it there. If you are sure that it has ended:`,
        command: work('fix', '--thread', id, '--retry', '--force'),
      }
}

/** A lock that can't be checked, as in a folder of another user, counts as held. */
async function isOwned(stream: StreamPaths, threadId: string): Promise<boolean> {
  try {
    return (await ownerOf(stream, threadId)) !== undefined
  } catch (error) {
    if (error instanceof WorkError) return true
    throw error
  }
}

function approvalStep(
  entry: StreamEntry,
  stream: StreamPaths,
  plan: PlanLook | undefined,
): NextStep | undefined {
  const text = readPlanText({ stream })
  const { state } = planApproval(entry.approval, text)
  if (state === 'draft' && isUnfilled(text)) {
    return {
      why: 'The plan is not written yet.',
      command: advice`${work('plan', '<goal>')} lets an agent draft it, ${work('edit')} opens it.`,
    }
  }
  if (state === 'draft') {
    return {
      why: 'The plan is not approved yet.',
      command: advice`${work('validate', 'plan')}, then ${work('approve', 'plan')}`,
    }
  }
  if (plan?.isOpen === true) {
    return {
      why: 'PLAN.md has changed for threads that are already recorded.',
      command: work('approve', 'plan'),
    }
  }
  const isRevision = state === 'changed' && (plan?.unrecorded.length ?? 0) > 0
  try {
    requireApproval(entry, text, () => isRevision)
    return undefined
  } catch (error) {
    if (!(error instanceof WorkError) || error.advice === undefined) throw error
    return { why: error.message, command: error.advice }
  }
}

/** Threads of the plan without tasks, when all others are done. */
function unrecordedStep(threads: readonly ThreadFacts[], plan: PlanLook | undefined): NextStep | undefined {
  const [first] = plan?.unrecorded ?? []
  if (first === undefined || !threads.every(isDone)) return undefined
  return {
    why: `Thread ${first.id} "${first.name}" of PLAN.md has no tasks.`,
    command: advice`${work('tasks', 'generate')}, then ${work('approve', 'tasks')}`,
  }
}

/** A list of tasks that was created or edited but is not in tasks.json yet. */
function tasksMdStep(stream: StreamPaths): NextStep | undefined {
  if (!existsSync(stream.tasksMd)) return undefined
  return { why: 'The tasks in TASKS.md are not in tasks.json yet.', command: work('approve', 'tasks') }
}

function runStep(
  entry: StreamEntry,
  threads: readonly ThreadFacts[],
  isolation: IsolationRecord | undefined,
): NextStep {
  if (threads.length === 0)
    return { why: 'The plan has no tasks in tasks.json yet.', command: work('approve', 'tasks') }
  const having = (status: string) => threads.filter((thread) => standingOf(thread).status === status)
  const [failed, interrupted] = [having('failed'), having('interrupted')]
  if (failed.length > 0) {
    return { why: `${countThreads(failed, 'did')} not complete.`, command: work('fix') }
  }
  if (interrupted.length > 0) {
    return { why: `${countThreads(interrupted, 'was')} interrupted.`, command: work('continue') }
  }
  const next = threads.find((thread) => !isDone(thread))
  if (next === undefined) {
    const merged = notLanded(threads, isolation).length
    return isolation === undefined || merged === 0
      ? { why: 'Nothing is left to run: every thread is done.', command: undefined }
      : {
          why: `Every thread is done. The work of ${counted(merged, 'thread')} is in ${isolation.branch}, and not in your branch yet.`,
          command: work('land'),
        }
  }
  if (isBlocked(next)) {
    const task = next.tasks.find(({ status }) => status === 'blocked')
    return {
      why: `Thread ${next.id} is blocked. Once it is unblocked:`,
      command: work('update', '--task', task?.id ?? '', '--status', 'pending'),
    }
  }
  const gate = closedGate(entry.approval, stagesOf([...threads]), parentId(next.id, 'stage'))
  return gate === undefined
    ? { why: `Thread ${next.id} is next.`, command: work('run') }
    : { why: `Stage ${gate} waits for your approval.`, command: work('approve', 'stage', Number(gate)) }
}

function countThreads(threads: readonly ThreadFacts[], verb = 'is'): string {
  if (threads.length === 1) return `Thread ${threads[0]?.id ?? ''} ${verb}`
  return `${threads.length} threads ${{ is: 'are', was: 'were' }[verb] ?? verb}`
}
