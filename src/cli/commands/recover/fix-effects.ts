import type { Answer } from '../../../../machines/answer.ts'
import type {
  FixChoice,
  FixInput,
  FixOption,
  FixOrder,
  FixResult,
  FixStage,
  FixView,
} from '../../../../machines/fix-context.ts'
import { requireAgent } from '../../../agents/choose-agent.ts'
import { requireApprovedPlan } from '../../../approval/approved-plan.ts'
import { fixOptions, isUnfinished, requireFixable } from '../../../engine/fix-options.ts'
import type { FixEffects, RunOrderResult } from '../../../engine/run-fix.ts'
import { observeThreads } from '../../../engine/probe.ts'
import { findRunning, type RunningThread } from '../../../threads/leases.ts'
import type { RunReport, RunWorld } from '../../../engine/run-context.ts'
import { previewRun, type RunRequest } from '../../../engine/run.ts'
import { settleEnded } from '../../../engine/reconcile.ts'
import { requireThread } from '../../../threads/find-thread.ts'
import { isDone, type ThreadFacts } from '../../../threads/thread.ts'
import { isClosed as isTaskClosed } from '../../../../machines/statuses.ts'
import { WorkError } from '../../../errors.ts'
import { addFix, previewFix } from '../plan/add-stage.ts'
import { now, type StreamContext } from '../../context.ts'
import { isActionGiven, type FixOptions } from './fix-flags.ts'
import { FixQuestions } from './fix-prompts.ts'
import { streamFlag } from '../../hint.ts'
import { print, printJson } from '../../output.ts'
import { reportError } from '../../report-error.ts'
import { describeUnfinished, exitCodeOf } from '../run/report.ts'
import { closeWorld, openWorld, showPreview, showReport, watchRun } from '../run/run-threads.ts'

type Ids = readonly string[]

/** Codes for a plan that is not approved as it is: a stage can be added anyway. */
const closedGates = ['plan-changed', 'plan-not-approved', 'tasks-not-approved']

/** Where threads are fixed: what the fix chart asks for, done to one workstream. */
export class FixDesk implements FixEffects {
  /** The result of each run. */
  readonly reports: RunReport[] = []
  /** Of the last thing that was done. */
  exitCode = 0
  readonly #context: StreamContext
  readonly #options: FixOptions
  readonly #action: string
  readonly #questions: FixQuestions
  #world: RunWorld | undefined
  #observed: ThreadFacts[] = []

  /** `action` is the command's name: of a part of another command, the JSON is left to that. */
  constructor(context: StreamContext, options: FixOptions, action: 'fix' | 'continue') {
    this.#context = context
    this.#options = options
    this.#action = action
    this.#questions = new FixQuestions(context, options, (order) => this.#showOrder(order))
  }

  loadThreads = async (named: FixInput['threads']): Promise<Ids> => {
    await this.observe()
    if (named === null || named === 'failed') return this.#observed.filter(isUnfinished).map(({ id }) => id)
    const forced = this.#options.force === true || this.#options.newStage === true
    const threads = await requireFixable(this.#context, this.#observed, named, forced)
    return threads.map(({ id }) => id)
  }

  inspectThreads = async (ids: Ids): Promise<readonly FixOption[]> => {
    const { newStage, agent } = this.#options
    if (newStage === true) return [{ action: 'stage', refusal: null }]
    try {
      const world = await this.world()
      if (agent !== undefined) requireAgent(world.agents, agent)
      return await fixOptions(world, this.#threads(ids), agent)
    } catch (error) {
      const isClosed = error instanceof WorkError && closedGates.includes(error.code)
      if (!isClosed || isActionGiven(this.#options)) throw error
      const refusal = `${error.message} ${error.hint ?? ''}`.trim()
      const runs = ['resume', 'retry', 'swap'] as const
      return [...runs.map((action) => ({ action, refusal })), { action: 'stage', refusal: null }]
    }
  }

  askThread = (candidates: Ids): Promise<Answer<Ids>> =>
    this.#questions.askThread(this.#observed, this.#threads(candidates))

  askAction = (ids: Ids, options: readonly FixOption[]): Promise<Answer<FixChoice>> =>
    this.#questions.askAction(this.#threads(ids), options)

  /** What goes wrong with a view is shown, and the question is asked again. */
  viewThreads = async (ids: Ids, view: FixView): Promise<void> => {
    try {
      await this.#view(ids, view)
    } catch (error) {
      if (!(error instanceof WorkError)) throw error
      reportError(error, false)
    }
    await this.observe()
  }

  completeThreads = async (ids: Ids): Promise<'completed' | 'declined'> => {
    const threads = this.#threads(ids)
    const open = threads.reduce(
      (sum, { tasks }) => sum + tasks.filter(({ status }) => !isTaskClosed(status)).length,
      0,
    )
    const answer = await this.#questions.askCompletion(ids, open)
    if (answer.type !== 'chosen') return 'declined'
    const { sessionComplete } = await import('../session/complete.ts')
    for (const id of ids) await sessionComplete(id, { ...this.#place(), yes: true })
    this.exitCode = 0
    return 'completed'
  }

  askAgent = async (ids: Ids): Promise<Answer<string>> =>
    this.#questions.askAgent(this.#threads(ids), (await this.world()).agents)

  askStage = (ids: Ids): Promise<Answer<FixStage>> => this.#questions.askStage(this.#threads(ids))

  askNote = (): Promise<Answer<string>> => this.#questions.askNote()

  askConfirmation = (order: FixOrder): Promise<Answer<true>> => this.#questions.askConfirmation(order)

  previewOrder = (order: FixOrder): Promise<void> => this.#showOrder(order)

  runThreads = (order: FixOrder): Promise<RunOrderResult> => this.#run([order])

  /** All fixes that were decided on: their threads as one run, then the stages. */
  async runTogether(orders: readonly FixOrder[]): Promise<FixResult[]> {
    const runs = orders.filter(({ action }) => action !== 'stage')
    const results: FixResult[] = []
    if (runs.length > 0) {
      const result = await this.#run(runs)
      await this.tellResult(result, null)
      results.push(result)
      if (result === 'interrupted') return results
    }
    for (const order of orders.filter(({ action }) => action === 'stage')) {
      await this.addStage(order)
      results.push('added')
    }
    return results
  }

  /** Shows all fixes that were decided on; asks whether to start them. */
  async askTogether(orders: readonly FixOrder[]): Promise<Answer<true>> {
    const runs = orders.filter(({ action }) => action !== 'stage')
    if (runs.length > 0) {
      showPreview(this.#action, await this.world(), await this.#preview(runs), this.#options)
    }
    for (const order of orders) if (order.action === 'stage') this.#showStage(order)
    return this.#questions.askStart()
  }

  async #run(orders: readonly FixOrder[]): Promise<RunOrderResult> {
    const world = await this.world()
    const ids = orders.flatMap(({ threads }) => threads)
    await settleEnded(world, ids, this.#options.force === true ? 'all' : 'elsewhere')
    const report = await watchRun(world, this.#requestOf(orders), this.#options)
    this.reports.push(report)
    this.exitCode = exitCodeOf(report)
    switch (report.end) {
      case 'done':
        return 'completed'
      case 'interrupted':
      case 'left':
      case 'detached':
        return 'interrupted'
      case 'gated':
      case 'halted':
      case 'held':
      case 'blocked':
        return 'failed'
    }
  }

  addStage = async ({ stage }: FixOrder): Promise<void> => {
    if (stage === null) throw new Error('There is no stage to add.')
    const { mends, name, description } = stage
    const { added, words } = await addFix({ ...this.#options, stage: mends, name, description })
    this.exitCode = 0
    if (this.#options.json === true) printJson(added)
    else print(words)
  }

  tellResult = async (result: FixResult | null, error: unknown): Promise<void> => {
    if (error !== null) this.exitCode = reportError(error, false)
    const report = this.reports.at(-1)
    if (result === null || result === 'added' || result === 'marked' || report === undefined) return
    if (this.#action === 'fix') await showReport(this.#action, await this.world(), report, this.#options)
    // The command that this is a part of prints the next step.
    else if (this.#options.json !== true) print([...describeUnfinished(this.#context.stream, report), ''])
  }

  /** Observes the threads again. */
  async observe(): Promise<ThreadFacts[]> {
    const { tasks, stream } = this.#context
    this.#observed = await observeThreads(tasks, stream, now)
    return this.#observed
  }

  /** The world of runs, once the gate of those is open. */
  async world(): Promise<RunWorld> {
    this.#world ??= await openWorld(this.#context, this.#options)
    // A stage that was added since changed the plan.
    this.#world = { ...this.#world, plan: requireApprovedPlan(this.#context) }
    return this.#world
  }

  /** What there is instead of something to fix, as it was last looked at: what runs, and whether anything is left. */
  async lookAround(): Promise<{
    stream: string
    /** The flag that names the workstream in a command, or nothing. */
    here: string[]
    running: RunningThread[]
    isDone: boolean
  }> {
    const { entry, stream, index } = this.#context
    const here = streamFlag(entry.id, index.read().current_stream)
    const running = await findRunning(stream, this.#observed)
    return {
      stream: entry.id,
      here,
      running,
      isDone: this.#observed.length > 0 && this.#observed.every(isDone),
    }
  }

  async close(): Promise<void> {
    if (this.#world !== undefined) await closeWorld(this.#world)
  }

  async #showOrder(order: FixOrder): Promise<void> {
    if (order.action === 'stage') this.#showStage(order)
    else showPreview(this.#action, await this.world(), await this.#preview([order]), this.#options)
  }

  async #view(ids: Ids, view: FixView): Promise<void> {
    const [id] = ids
    if (view === 'agents') {
      const { edit } = await import('../plan/edit.ts')
      await edit({ ...this.#place(), agents: true })
      await this.close()
      this.#world = undefined
    } else if (id !== undefined) {
      const { session } = await import('../session/session.ts')
      await session(view === 'log' ? 'logs' : 'attach', id, this.#place())
    }
  }

  /** The flags that name the workstream. */
  #place() {
    return { stream: this.#context.entry.id, repoRoot: this.#context.workspace.root }
  }

  async #preview(orders: readonly FixOrder[]) {
    const world = await this.world()
    const ids = orders.flatMap((order) => order.threads)
    // As they will be once their foreign sessions are given up.
    const threads = this.#observed.map((thread) =>
      thread.foreign !== undefined && ids.includes(thread.id)
        ? { ...thread, status: 'interrupted' as const, foreign: undefined }
        : thread,
    )
    return previewRun(world, this.#requestOf(orders), threads)
  }

  #showStage({ stage }: FixOrder): void {
    if (stage === null) return
    const { mends, description } = stage
    const { what, name } = previewFix({ ...this.#options, stage: mends, name: stage.name, description })
    const where = what === 'batch' ? 'a batch at the end of that stage' : 'a stage at the end'
    if (this.#options.json === true)
      printJson({ action: 'fix', stream: this.#context.entry.id, dryRun: true, stage })
    else
      print([
        `${this.#context.entry.id}: this adds ${where} of PLAN.md to fix stage ${mends}: ${name}`,
        ...(description === '' ? [] : [description]),
      ])
  }

  #requestOf(orders: readonly FixOrder[]): RunRequest {
    const { model, force, parallel } = this.#options
    const wishes = orders.flatMap(({ threads, action, agent, note }) =>
      threads.map((id) => ({
        id,
        action: action === 'resume' ? ('resume' as const) : ('retry' as const),
        agent: agent ?? undefined,
        model,
        force,
        note: note ?? undefined,
      })),
    )
    return { selection: { type: 'threads', threads: wishes }, parallel }
  }

  #threads(ids: Ids): ThreadFacts[] {
    return ids.map((id) => requireThread(this.#observed, id))
  }
}
