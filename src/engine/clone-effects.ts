import { join, relative, sep } from 'node:path'
import { fromPromise } from 'xstate'
import type { Advanced, Committed, Delivery, MergeResult, VerifyResult } from '../../machines/delivery.ts'
import type { CloneStart, SessionRecord } from '../../machines/session.ts'
import type { DeliveryInput, SessionInput } from '../../machines/thread-context.ts'
import { advanceStream } from '../clones/advance.ts'
import { commitClone } from '../clones/commit.ts'
import { gitIn } from '../clones/git.ts'
import { stateOf } from '../clones/soundness.ts'
import { mergeIntoStream } from '../clones/merge.ts'
import { prepareClone } from '../clones/prepare.ts'
import { saveClone } from '../clones/save.ts'
import type { CloneSettings } from '../clones/settings.ts'
import type { CloneSite } from '../clones/site.ts'
import { endSteps, runSteps } from '../clones/steps.ts'
import { verifyCandidate, verifyHere } from '../clones/verify.ts'
import type { Outcome } from '../../machines/outcome.ts'
import { WorkError } from '../errors.ts'
import { logCall } from '../runners/with-log.ts'
import type { WorkLog } from '../log/log.ts'
import type { Turns } from './turn.ts'

/** What the effects of one thread need to prepare its clone and to deliver its work. */
export interface CloneWorld {
  root: string
  /** The name by which its workstream is called in git. */
  stream: string
  threadName: string
  settings: CloneSettings
  /** The commits at which earlier sessions of the thread began, the newest first. */
  earlier: readonly string[]
  env: NodeJS.ProcessEnv
  /** The environment of setup and verify commands: that of the session. */
  envOf: (session: SessionRecord) => Record<string, string>
  siteOf: (session: SessionRecord) => CloneSite | undefined
  turns: Turns
  now: () => Date
  log: WorkLog
  /** Resolves when the state that called for the effect is durable. */
  committed: () => Promise<void>
}

/** The actors of the thread chart that work on its clone and on the workstream's branch. */
export function cloneActors(world: CloneWorld) {
  const { settings, env, turns } = world
  const merge = settings.merge

  return {
    prepareClone: fromPromise<CloneStart, SessionInput>(({ input, signal }) =>
      told('prepareClone', input, signal, async () => {
        const { session, threadId } = input
        const { base, start, notes } = await prepareClone(
          requireSite(session),
          {
            stream: world.stream,
            thread: threadId,
            attempt: session.attempt ?? 1,
            token: session.token ?? session.sessionId,
            from: originOf(session),
            earlier: world.earlier,
            settings,
            env: world.envOf(session),
            log: `${logBase(session)}.setup.log`,
            at: session.startedAt,
          },
          signal,
        )
        for (const note of notes) world.log.write('clone', { thread: threadId, note })
        return { base, start }
      }),
    ),

    commitWork: fromPromise<Committed, DeliveryInput>(({ input, signal }) =>
      told('commitWork', input, signal, async () => {
        const { session, delivery } = input
        const site = requireSite(session)
        return (
          (await committedBefore(site, delivery, env)) ??
          (await commitClone(site, {
            ...facts(input),
            link: settings.link,
            ...(delivery.conflict !== undefined && { conflict: delivery.conflict }),
          }))
        )
      }),
    ),

    awaitTurn: fromPromise<void, DeliveryInput>(({ input, signal }) =>
      told('awaitTurn', input, signal, () => turns.take(input.threadId, signal)),
    ),

    mergeWork: fromPromise<MergeResult, DeliveryInput>(({ input, signal }) =>
      told('mergeWork', input, signal, () =>
        mergeIntoStream(requireSite(input.session), {
          ...facts(input),
          head: requireFact(input.delivery.head, 'head'),
          merge,
        }),
      ),
    ),

    verifyWork: fromPromise<VerifyResult, DeliveryInput>(({ input, signal }) =>
      told('verifyWork', input, signal, () => {
        const { session, delivery } = input
        const log = `${logBase(session)}.verify.log`
        const order = {
          commands: settings.verify,
          timeout: settings.verifyTimeout,
          log,
          logName: relative(world.root, log).replaceAll(sep, '/'),
          mark: stepsOf(session),
          env: world.envOf(session),
          at: endOf(session),
          now: () => world.now().toISOString(),
        }
        const site = world.siteOf(session)
        if (site === undefined) return verifyHere(world, order, signal, runSteps)
        const candidate = requireFact(delivery.candidate, 'candidate')
        return verifyCandidate(site, { ...order, candidate }, signal, runSteps)
      }),
    ),

    advanceBranch: fromPromise<Advanced, DeliveryInput>(({ input, signal }) =>
      told('advanceBranch', input, signal, () =>
        advanceStream(requireSite(input.session), {
          onto: requireFact(input.delivery.onto, 'onto'),
          candidate: requireFact(input.delivery.candidate, 'candidate'),
          env,
        }),
      ),
    ),

    stopDelivery: fromPromise<void, DeliveryInput>(({ input, signal }) =>
      told('stopDelivery', input, signal, () => endSteps(stepsOf(input.session))),
    ),
  }

  /** Runs and logs an effect. An abandoned one does not begin. */
  function told<Result>(
    effect: string,
    { threadId, session }: SessionInput,
    signal: AbortSignal,
    action: () => Promise<Result>,
  ): Promise<Result> {
    const call = { thread: threadId, effect, session: session.sessionId, attempt: session.attempt }
    return logCall(
      world.log,
      'effect',
      call,
      async () => {
        await world.committed()
        signal.throwIfAborted()
        return await action()
      },
      (result) => ({ result: resultOf(result) }),
    )
  }

  function facts({ session, threadId }: DeliveryInput) {
    return {
      base: requireFact(session.clone?.base, 'base'),
      stream: world.stream,
      thread: threadId,
      threadName: world.threadName,
      session,
      at: endOf(session),
      env,
    }
  }

  function requireSite(session: SessionRecord): CloneSite {
    const site = world.siteOf(session)
    if (site !== undefined) return site
    throw new Error(`Session ${session.sessionId} works in no clone.`)
  }

  function logBase(session: SessionRecord): string {
    return join(world.root, session.log ?? join('work', '.run', 'steps', session.sessionId))
  }
}

/**
 * The outcome of a session, after everything in its clone was saved as a commit in the main repository: from then on the
 * clone may be lost. If it can't be saved the outcome says why: it stays in the clone. Does nothing for a session without
 * a clone.
 */
export async function savedOutcome(
  outcome: Outcome,
  site: CloneSite | undefined,
  { attempt = 1, startedAt }: SessionRecord,
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  if (site === undefined) return outcome
  try {
    await saveClone(site, { attempt, at: startedAt, env })
    return outcome
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    const note = `Its clone could not be saved. ${error.message}`
    return { ...outcome, detail: outcome.detail === undefined ? note : `${outcome.detail}\n${note}` }
  }
}

/**
 * What this delivery has committed already: the clone is at that commit, or at the candidate, which is verified in it.
 * Undefined if it has committed nothing, or if somebody has changed the clone since.
 */
async function committedBefore(
  site: CloneSite,
  { head, candidate, outside = [], notes = [] }: Delivery,
  env: NodeJS.ProcessEnv,
): Promise<Committed | undefined> {
  if (head === undefined || stateOf(site).type !== 'sound') return undefined
  const at = await gitIn(site.folder, env).text('rev-parse', '--verify', 'HEAD^{commit}')
  if (at !== head && at !== candidate) return undefined
  return { type: 'committed', head, changed: true, outside, notes }
}

/** What is in the environment of the commands that are run for a session. */
function stepsOf({ token, sessionId }: SessionRecord): string {
  return token ?? sessionId
}

function originOf({ mode, startsOver }: SessionRecord): 'resume' | 'go-on' | 'over' {
  if (startsOver === true) return 'over'
  return mode === 'resume' ? 'resume' : 'go-on'
}

/** The time of commits: known before them and unchanged, so that a repetition makes the same commit. */
function endOf({ completedAt, startedAt }: SessionRecord): string {
  return completedAt ?? startedAt
}

function resultOf(result: unknown): string {
  return typeof result === 'object' && result !== null && 'type' in result ? String(result.type) : 'done'
}

function requireFact<Fact>(fact: Fact | undefined, name: string): Fact {
  if (fact !== undefined) return fact
  throw new Error(`The delivery has no ${name}.`)
}
