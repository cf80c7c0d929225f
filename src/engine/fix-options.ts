import type { FixAction, FixOption } from '../../machines/fix-context.ts'
import { describeForeign } from '../process/origin.ts'
import { WorkError } from '../errors.ts'
import { foreignThread } from '../threads/foreign.ts'
import { ownerOf, threadBusy } from '../threads/leases.ts'
import { requireThread } from '../threads/find-thread.ts'
import { heldUntil } from './run-plan.ts'
import type { RunWorld } from './run-context.ts'
import type { ThreadFacts } from '../threads/thread.ts'
import { standingOf } from '../threads/status.ts'

/** Whether a thread ran, is not completed, and is not running now. Takes observed threads. */
export function isUnfinished(thread: ThreadFacts): boolean {
  const { status } = standingOf(thread)
  return status === 'failed' || status === 'interrupted'
}

/** Whether a thread is left alone when others continue: it failed, and not only because of a rate limit. */
export function isStuck(thread: ThreadFacts, now: Date): boolean {
  if (standingOf(thread).status !== 'failed') return false
  return thread.sessions.at(-1)?.retryAt === undefined || heldUntil(thread, now) !== undefined
}

/**
 * The named threads of those observed. Throws a `WorkError` for a thread that does not exist, is running (with its
 * holder's pid), has not been run, or is completed, unless that is `forced`.
 */
export async function requireFixable(
  { stream }: Pick<RunWorld, 'stream'>,
  observed: ThreadFacts[],
  ids: readonly string[],
  forced: boolean,
): Promise<ThreadFacts[]> {
  const threads: ThreadFacts[] = []
  for (const id of ids) {
    const thread = requireThread(observed, id)
    const holder = await ownerOf(stream, id)
    if (holder !== undefined) throw threadBusy(id, holder)
    requireStanding(thread, forced)
    threads.push(thread)
  }
  return threads
}

function requireStanding(thread: ThreadFacts, forced: boolean): void {
  const { foreign } = thread
  if (foreign !== undefined) {
    if (foreign.type === 'elsewhere' || forced) return
    throw foreignThread(thread, foreign)
  }
  const { status } = standingOf(thread)
  const name = `Thread ${thread.id} "${thread.name}"`
  if (status === 'running') {
    throw new WorkError(`${name} is still running, without a supervisor.`, {
      code: 'thread-running',
      hint: 'work continue supervises it to its end.',
    })
  }
  if (status === 'pending') {
    throw new WorkError(`${name} has not been run yet: there is nothing to fix.`, {
      code: 'thread-not-run',
      hint: `work run ${thread.id}`,
    })
  }
  if (status === 'completed' && !forced) {
    throw new WorkError(`${name} is completed: there is nothing to fix.`, {
      code: 'thread-completed',
      hint: `work fix --thread ${thread.id} --retry --force reopens its tasks and runs it.`,
    })
  }
}

/**
 * What can be done to all of these threads, and why not: with `agent`, if one is named, otherwise with any other
 * agent. Asks the runners whether they still have the sessions.
 */
export async function fixOptions(
  world: RunWorld,
  threads: ThreadFacts[],
  agent?: string,
): Promise<FixOption[]> {
  const refusals: Record<FixAction, string | null> = {
    resume: await firstRefusal(threads, (thread) => refusalToResume(world, thread)),
    retry: await firstRefusal(threads, (thread) => refusalToRetry(world, thread)),
    swap: agent === undefined ? refusalToSwap(world, threads) : null,
    stage: null,
  }
  return (['resume', 'retry', 'swap', 'stage'] as const).map((action) => ({
    action,
    refusal: refusals[action],
  }))
}

async function firstRefusal(
  threads: ThreadFacts[],
  refuse: (thread: ThreadFacts) => Promise<string | null> | string | null,
): Promise<string | null> {
  for (const thread of threads) {
    const refusal = await refuse(thread)
    if (refusal !== null) return threads.length > 1 ? `${thread.id}: ${refusal}` : refusal
  }
  return null
}

async function refusalToResume({ agents, runners }: RunWorld, thread: ThreadFacts): Promise<string | null> {
  const session = thread.sessions.at(-1)
  if (session === undefined) return 'The thread has no session yet.'
  if (thread.foreign !== undefined) {
    return `Session ${session.sessionId} ${describeForeign(thread.foreign)}. Retry starts a new session here.`
  }
  if (thread.status === 'completed') return 'The last session completed. Retry starts a new session.'
  const agent = agents.agents.find(({ name }) => name === session.agentName)
  if (agent === undefined) return agentGone(session.agentName)
  const runner = runners.get(agent.runner)
  return runner === undefined
    ? `Agent "${agent.name}" runs on "${agent.runner}", which this version of work does not support.`
    : runner.refusalToResume(agent, session)
}

function refusalToRetry({ agents }: RunWorld, thread: ThreadFacts): string | null {
  const name = thread.sessions.at(-1)?.agentName
  const isKnown = name === undefined || agents.agents.some((agent) => agent.name === name)
  return isKnown ? null : agentGone(name)
}

function refusalToSwap({ agents }: RunWorld, threads: ThreadFacts[]): string | null {
  const hasOther = agents.agents.some(({ name }) =>
    threads.some((thread) => thread.sessions.at(-1)?.agentName !== name),
  )
  return hasOther ? null : 'There is no other agent in work/agents.yaml.'
}

function agentGone(name: string): string {
  return `Agent "${name}" of the last session is no longer in work/agents.yaml. Choose another agent.`
}
