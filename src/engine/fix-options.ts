import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { FixAction, FixOption } from '../../machines/fix-context.ts'
import { WorkError } from '../errors.ts'
import { gitIn } from '../clones/git.ts'
import { keptRef } from '../clones/site.ts'
import { foreignThread } from '../threads/foreign.ts'
import { ownerOf, threadBusy } from '../threads/leases.ts'
import { requireThread } from '../threads/find-thread.ts'
import { heldUntil } from './run-plan.ts'
import type { RunWorld } from './run-context.ts'
import { awaitsDelivery, isDeliveryInterrupted, type ThreadFacts } from '../threads/thread.ts'
import { refusalToResume, refusalToRetry, refusalToSwap } from '../threads/restart.ts'
import { standingOf } from '../threads/standing.ts'
import { retryInstead } from '../runners/resume.ts'
import { restartWorld } from './run-context.ts'
import { advice, work } from '../text/hint.ts'

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
      hint: advice`${work('continue')} supervises it to its end.`,
    })
  }
  if (status === 'pending') {
    throw new WorkError(`${name} has not been run yet: there is nothing to fix.`, {
      code: 'thread-not-run',
      hint: work('run', thread.id),
    })
  }
  if (status === 'completed' && !forced) {
    throw new WorkError(`${name} is completed: there is nothing to fix.`, {
      code: 'thread-completed',
      hint: advice`${work('fix', '--thread', thread.id, '--retry', '--force')} reopens its tasks and runs it.`,
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
  const { agents } = world
  const refusals: Record<Exclude<FixAction, 'deliver'>, string | null> = {
    resume: await firstRefusal(threads, (thread) => refusalNow(world, thread)),
    retry: await firstRefusal(threads, (thread) => refusalToRetry(thread, agents)),
    swap: agent === undefined ? refusalToSwap(threads, agents) : null,
    stage: null,
  }
  const options = (['resume', 'retry', 'swap', 'stage'] as const).map((action): FixOption => ({
    action,
    refusal: refusals[action],
  }))
  if (!threads.every(awaitsDelivery)) return options
  // After an interruption nothing else is left to do; after a conflict the agent comes first.
  return threads.every(isDeliveryInterrupted)
    ? [{ action: 'deliver', refusal: null, isBest: true }, ...options]
    : options.flatMap((option) =>
        option.action === 'stage' ? [{ action: 'deliver' as const, refusal: null }, option] : [option],
      )
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

/** Also asks the world: whether the working folder exists, and whether the runner still has the session. */
async function refusalNow(world: RunWorld, thread: ThreadFacts): Promise<string | null> {
  const refusal = refusalToResume(thread, restartWorld(world))
  const session = thread.sessions.at(-1)
  if (refusal !== null || session === undefined) return refusal
  const { sessionId, runner, cwd = '.', branch } = session
  if (!existsSync(join(world.workspace.root, cwd)) && !(await isSaved(world, branch))) {
    return `The working folder ${cwd} of session ${sessionId} no longer exists. ${retryInstead}`
  }
  return (await world.runners.get(runner ?? '')?.askToResume(session)) ?? null
}

/** Whether a clone can be made again as it was. */
async function isSaved({ workspace, env }: RunWorld, branch: string | undefined): Promise<boolean> {
  if (branch === undefined) return false
  const pattern = keptRef({ branch }, '')
  return (await gitIn(workspace.root, env).text('for-each-ref', '--count=1', pattern)) !== ''
}
