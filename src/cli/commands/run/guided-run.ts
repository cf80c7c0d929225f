import type { Answer } from '../../../../machines/answer.ts'
import type {
  Approvals,
  ContinueEnd,
  ContinueInput,
  ContinueOutput,
  RunStop,
  Unfinished,
  Way,
} from '../../../../machines/continue-context.ts'
import type { FixOrder, FixResult } from '../../../../machines/fix-context.ts'
import { requireApprovedPlan } from '../../../approval/approved-plan.ts'
import { runContinue, type ContinueEffects } from '../../../engine/run-continue.ts'
import { counted } from '../../../text/plural.ts'
import { isStuck, isUnfinished } from '../../../engine/fix-options.ts'
import { heldUntil } from '../../../engine/run-plan.ts'
import { reportThreads } from '../../../engine/run-result.ts'
import type { RunReport } from '../../../engine/run-context.ts'
import type { Selection } from '../../../threads/selection.ts'
import { settleEnded } from '../../../engine/reconcile.ts'
import { isDone, threadsOf, type ThreadFacts } from '../../../threads/thread.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { isUnder } from '../../../ids.ts'
import { askNo, askYes, loadPrompts } from '../../../ui/prompt.ts'
import { approvePlanAndTasks, describeOutline } from '../approve/all.ts'
import { decideStage } from '../approve/stage.ts'
import { isAgent, now, openStream, refresh, type StreamContext } from '../../context.ts'
import { loadWatch, waitUntil } from '../recover/countdown.ts'
import { FixDesk } from '../recover/fix-effects.ts'
import { describeThreads } from '../recover/fix-screens.ts'
import { canAsk } from '../../interactive.ts'
import { streamFlag } from '../../hint.ts'
import { notPossible } from '../recover/fix-refusal.ts'
import { print, printJson, say } from '../../output.ts'
import { advice, work } from '../../../text/hint.ts'
import { askAboutFailed, askAboutUnfinished, askToWait, lastRetryAt } from './guided-questions.ts'
import { describeGate } from './next-after-run.ts'
import { describeEnd, exitCodeOf, reportAsJson } from './report.ts'
import { describePlanDiff } from '../approve/plan-diff.ts'
import { describeReview } from '../approve/review.ts'
import { watchRun, type RunFlags } from './run-threads.ts'

export interface GuidedOptions extends RunFlags {
  yes?: boolean
  /** Waits for providers that are rate-limited. */
  wait?: boolean
}

/** What a guided run is about. */
export interface GuidedScope {
  /** The command, as reports name it. */
  action: 'run' | 'continue'
  asksAbout: ContinueInput['asksAbout']
  /** The answer to the question about unfinished threads; null to ask. */
  way: ContinueInput['way']
  /** Which threads to run, without those that are left as they are. */
  select: (without: readonly string[]) => Selection
  /** Ids of stages and batches outside of which unfinished threads are of no concern; undefined for the whole workstream. */
  within?: readonly string[] | undefined
  /** The threads were named one by one, so nobody is asked about failed ones. */
  isNamed?: boolean
}

/** Runs what is next in a workstream, with the user's answers where there are questions. Returns the exit code. */
export async function runGuided(options: GuidedOptions, scope: GuidedScope): Promise<number> {
  const input: ContinueInput = {
    way: scope.way,
    asksAbout: scope.asksAbout,
    waits: options.wait ?? null,
    isConfirmed: options.yes === true,
  }
  if (options.tmux === true) await (await import('./tmux.ts')).requireTmux(process.env)
  const run = new GuidedRun(openStream(options), options, scope)
  // What it may ask or count down to after a run, when the installed `work` may be another one.
  if (process.stdin.isTTY) await Promise.all([loadPrompts(), loadWatch()])
  try {
    return run.end(await runContinue(input, run))
  } finally {
    await run.close()
  }
}

/** These say that plan or tasks are not approved as they are. */
const unapproved = ['plan-not-approved', 'plan-changed', 'plan-differs', 'tasks-not-approved']

/** What the continue chart asks for, done to one workstream. */
class GuidedRun implements ContinueEffects {
  readonly fix: FixDesk
  readonly #context: StreamContext
  readonly #options: GuidedOptions
  readonly #scope: GuidedScope
  /** Failed threads that the run left as they are. */
  #without: readonly string[] = []

  constructor(context: StreamContext, options: GuidedOptions, scope: GuidedScope) {
    this.#context = context
    this.#options = options
    this.#scope = scope
    this.fix = new FixDesk(context, options, 'continue')
  }

  checkApproval = async (): Promise<Approvals> => {
    try {
      requireApprovedPlan(this.#context)
      return 'approved'
    } catch (error) {
      const isGate = error instanceof WorkError && unapproved.includes(error.code)
      if (!isGate || !this.#canApprove()) throw error
      const { approval } = refresh(this.#context).entry
      // Why it is asked again; the differences themselves are part of the questions that follow.
      const wasApproved = approval !== undefined && approval.status !== 'draft'
      if (wasApproved && error.code !== 'plan-differs') print([error.message, ''])
      return 'unapproved'
    }
  }

  askApproval = async (): Promise<Answer<true>> => {
    const { lines, questions } = describeOutline(this.#context)
    print([...(await describePlanDiff(this.#context)), ...lines, ''])
    const despite = questions === 0 ? '' : ` despite ${counted(questions, 'open question')}`
    return askYes(`Approve the plan${despite} and run it?`)
  }

  approvePlan = async (): Promise<void> => {
    const options = { ...this.#options, allowsQuestions: true }
    const { words, details = [] } = await approvePlanAndTasks(this.#context, options)
    print([...words.slice(0, 1), ...details, ''])
  }

  lookBack = async (): Promise<Unfinished> => {
    const world = await this.fix.scene.world()
    const seen = await this.fix.scene.observe()
    const ended = seen.filter(({ status }) => status !== 'running').map(({ id }) => id)
    await settleEnded(world, ended)
    const threads = (await this.fix.scene.observe()).filter(
      (thread) => this.#concerns(thread) && isUnfinished(thread),
    )
    const failed = threads.filter((thread) => isStuck(thread, now()))
    const shown = this.#scope.asksAbout === 'failed' ? failed : threads
    if (shown.length > 0) this.#tell(shown)
    return {
      threads: threads.map(({ id }) => id),
      failed: failed.map(({ id }) => id),
      limited: failed.flatMap((thread) => {
        const retryAt = heldUntil(thread, now())
        return retryAt === undefined ? [] : [{ id: thread.id, retryAt }]
      }),
    }
  }

  askWay = (found: Unfinished): Promise<Answer<Way>> =>
    this.#scope.asksAbout === 'failed'
      ? askAboutFailed(this.#options, found)
      : askAboutUnfinished(this.#options, found)

  askFixes = (orders: readonly FixOrder[]): Promise<Answer<true>> => this.fix.askTogether(orders)

  runFixes = (orders: readonly FixOrder[]): Promise<readonly FixResult[]> => this.fix.runTogether(orders)

  askWait = (found: Unfinished): Promise<Answer<boolean>> =>
    askToWait(this.#options, this.#scope.action, found)

  waitForProviders = ({ limited }: Unfinished): Promise<'elapsed' | 'cancelled'> =>
    waitUntil(
      lastRetryAt(limited),
      `Waiting for the provider of ${limited.map(({ id }) => id).join(', ')}`,
      this.#options,
    )

  runRest = async (without: readonly string[]): Promise<RunStop> => {
    this.#without = without
    const world = await this.fix.scene.world()
    const request = { selection: this.#scope.select(without), parallel: this.#options.parallel }
    const report = await watchRun(world, request, this.#options)
    this.fix.reports.push(report)
    const gate = report.end === 'gated' ? report.gate : null
    if (this.#options.json === true) return { gate }
    // A user who stopped it should not wait until all other threads are observed.
    const isStopped = report.end === 'interrupted'
    const threads = isStopped ? threadsOf(this.#context.tasks.read()) : await this.fix.scene.observe()
    const isAsked = gate !== null && this.#canApprove()
    print(await describeEnd(world, report, threads, isAsked))
    return { gate }
  }

  askStage = async (stage: string): Promise<Answer<true>> => {
    if (!this.#canApprove()) return { type: 'back' }
    print(['', ...(await describeReview(refresh(this.#context), stage)), ''])
    const open = this.#openThreads(stage)
    const despite = open === 0 ? '' : ` with ${counted(open, 'unfinished thread')}`
    const answer = await askNo(`Approve stage ${stage}${despite} and continue?`)
    if (answer.type !== 'chosen') print(describeGate(this.#here(), stage, open > 0))
    return answer
  }

  approveStage = async (stage: string): Promise<void> => {
    await decideStage(refresh(this.#context), stage, { force: this.#openThreads(stage) > 0 })
    print([`Approved stage ${stage}.`, ''])
  }

  #here(): string[] {
    return streamFlag(this.#context.entry.id, this.#context.index.read().current_stream)
  }

  #openThreads(stage: string): number {
    const threads = threadsOf(this.#context.tasks.read())
    return threads.filter((thread) => isUnder(thread.id, stage) && !isDone(thread)).length
  }

  /** Approval is the user's: it takes a terminal, and `--yes` does not answer for it. */
  #canApprove(): boolean {
    return canAsk(this.#options) && this.#options.yes !== true && !isAgent()
  }

  /** Whether an unfinished thread is part of what was asked for, and not named by the user. */
  #concerns({ id }: ThreadFacts): boolean {
    const { within, isNamed } = this.#scope
    return isNamed !== true && (within === undefined || within.some((part) => isUnder(id, part)))
  }

  /** The exit code; with `--json` prints the result. */
  end({ end, error, refused }: ContinueOutput): number {
    if (end === 'failed') throw refused === null ? error : notPossible(refused.option, refused.threads)
    if (end === 'aborted' || end === 'cancelled') return this.#leave(end)
    if (end === 'planned') return exitCodes.unfinished
    const here = this.#here()
    if (this.#options.json === true) this.#printReport(end)
    else if (end === 'unfinished')
      print([
        'Not every thread completed, so the rest was not started.',
        { next: advice`${work('fix', ...here)}   shows why and what you can do` },
      ])
    if (end === 'unfinished') return exitCodes.unfinished
    const code = exitCodeOf(this.#report(end))
    return code === 0 && this.#without.length > 0 ? exitCodes.unfinished : code
  }

  #printReport(end: ContinueEnd): void {
    const json = reportAsJson(this.#scope.action, this.#context.entry.id, this.#report(end))
    printJson(this.#without.length === 0 ? json : { ...json, skipped: this.#without })
  }

  /** The end of the last run, with all threads that were run, fixes and the rest, as they are now. */
  #report(end: ContinueEnd): RunReport {
    const report = this.fix.reports.at(-1)
    if (report === undefined) throw new Error('Nothing was run.')
    const ids = this.fix.reports.flatMap(({ threads }) => threads.map(({ id }) => id))
    const threads = reportThreads(this.#context.tasks.read(), ids)
    return { ...report, threads, end: end === 'unfinished' ? 'halted' : report.end }
  }

  async close(): Promise<void> {
    await this.fix.scene.close()
  }

  #leave(end: ContinueEnd): number {
    if (this.fix.reports.length > 0) return exitCodes.interrupted
    throw new WorkError(
      end === 'aborted' ? 'Aborted: nothing was started.' : 'Cancelled: nothing was started.',
      {
        code: 'cancelled',
        exitCode: exitCodes.interrupted,
      },
    )
  }

  #tell(threads: ThreadFacts[]): void {
    const lines = [
      `Found ${threads.length} incomplete thread${threads.length === 1 ? '' : 's'} from previous run`,
      '',
      ...describeThreads(threads),
      '',
    ]
    if (this.#options.json === true) say(...lines)
    else print(lines)
  }
}
