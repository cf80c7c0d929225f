import type { Answer } from '../../machines/answer.ts'
import type {
  FixAction,
  FixInput,
  FixOption,
  FixOrder,
  FixResult,
  FixStage,
} from '../../machines/fix-context.ts'
import { requireAgent } from '../engine/agent-choice.ts'
import { requireApprovedPlan } from '../engine/approved-plan.ts'
import { fixOptions, isUnfinished, requireFixable } from '../engine/fix.ts'
import type { FixEffects } from '../engine/fix-flow.ts'
import { observeThreads } from '../engine/observe.ts'
import { findRunning, type RunningThread } from '../engine/owners.ts'
import type { RunReport, RunWorld } from '../engine/run-world.ts'
import { previewRun, type RunRequest } from '../engine/run.ts'
import { settleEnded } from '../engine/settle.ts'
import { requireThread } from '../engine/find-thread.ts'
import { isDone, type ThreadFacts } from '../engine/thread-facts.ts'
import { WorkError } from '../errors.ts'
import { addFix, previewFix } from './add-stage.ts'
import { now, type StreamContext } from './context.ts'
import { isActionGiven, type FixOptions } from './fix-input.ts'
import { FixQuestions } from './fix-questions.ts'
import { streamFlag } from './hint.ts'
import { print, printJson } from './output.ts'
import { reportError } from './report-error.ts'
import { describeUnfinished, exitCodeOf } from './run-report.ts'
import { closeWorld, openWorld, showPreview, showReport, watchRun } from './run-threads.ts'

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

  askAction = (ids: Ids, options: readonly FixOption[]): Promise<Answer<FixAction>> =>
    this.#questions.askAction(this.#threads(ids), options)

  askAgent = async (ids: Ids): Promise<Answer<string>> =>
    this.#questions.askAgent(this.#threads(ids), (await this.world()).agents)

  askStage = (ids: Ids): Promise<Answer<FixStage>> => this.#questions.askStage(this.#threads(ids))

  askNote = (): Promise<Answer<string>> => this.#questions.askNote()

  askConfirmation = (order: FixOrder): Promise<Answer<true>> => this.#questions.askConfirmation(order)

  previewOrder = (order: FixOrder): Promise<void> => this.#showOrder(order)

  runThreads = async (order: FixOrder): Promise<Exclude<FixResult, 'added'>> => {
    const world = await this.world()
    await settleEnded(world, order.threads, this.#options.force === true ? 'all' : 'elsewhere')
    const report = await watchRun(world, this.#requestOf(order), this.#options)
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
    if (result === null || result === 'added' || report === undefined) return
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
    /** The flag that names the workstream in a command, or empty. */
    here: string
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
    else showPreview(this.#action, await this.world(), await this.#preview(order), this.#options)
  }

  async #preview(order: FixOrder) {
    const world = await this.world()
    // As they will be once their foreign sessions are given up.
    const threads = this.#observed.map((thread) =>
      thread.foreign !== undefined && order.threads.includes(thread.id)
        ? { ...thread, status: 'interrupted' as const, foreign: undefined }
        : thread,
    )
    return previewRun(world, this.#requestOf(order), threads)
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

  #requestOf({ threads, action, agent, note }: FixOrder): RunRequest {
    const { model, force, parallel } = this.#options
    const wish = {
      action: action === 'resume' ? 'resume' : 'retry',
      agent: agent ?? undefined,
      model,
      force,
    } as const
    return {
      selection: { type: 'threads', threads: threads.map((id) => ({ id, ...wish })) },
      parallel,
      note: note ?? undefined,
    }
  }

  #threads(ids: Ids): ThreadFacts[] {
    return ids.map((id) => requireThread(this.#observed, id))
  }
}
