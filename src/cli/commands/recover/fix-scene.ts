import type { FixOrder } from '../../../../machines/fix-context.ts'
import { requireApprovedPlan } from '../../../approval/approved-plan.ts'
import { observeThreads } from '../../../engine/probe.ts'
import type { RunWorld } from '../../../engine/run-context.ts'
import { previewRun, type RunRequest } from '../../../engine/run.ts'
import { parentId } from '../../../ids.ts'
import { requireThread } from '../../../threads/find-thread.ts'
import { findRunning, type RunningThread } from '../../../threads/leases.ts'
import type { ThreadWish } from '../../../threads/selection.ts'
import { isDone, type ThreadFacts } from '../../../threads/thread.ts'
import { now, type StreamContext } from '../../context.ts'
import { streamFlag } from '../../hint.ts'
import { print, printJson, type OutputLine } from '../../output.ts'
import { previewFix, type AddStageOptions } from '../plan/add-stage.ts'
import { closeWorld, openWorld, showPreview } from '../run/run-threads.ts'
import type { FixOptions } from './fix-flags.ts'

type Ids = readonly string[]

/** The workstream in which threads are fixed: its threads as they were last observed, and the world of its runs. */
export class FixScene {
  readonly context: StreamContext
  readonly options: FixOptions
  /** The command's name: of a part of another command, the JSON is left to that. */
  readonly action: 'fix' | 'continue'
  observed: ThreadFacts[] = []
  #world: RunWorld | undefined

  constructor(context: StreamContext, options: FixOptions, action: 'fix' | 'continue') {
    this.context = context
    this.options = options
    this.action = action
  }

  /** The flags that name the workstream. */
  get place() {
    return { stream: this.context.entry.id, repoRoot: this.context.workspace.root }
  }

  /** The flag that names the workstream in a command, or nothing. */
  get here(): string[] {
    return streamFlag(this.context.entry.id, this.context.index.read().current_stream)
  }

  /** Prints what belongs to a question; beside JSON there are no questions. */
  show(lines: readonly OutputLine[]): void {
    if (this.options.json !== true) print(lines)
  }

  threads(ids: Ids | null): ThreadFacts[] {
    return (ids ?? []).map((id) => requireThread(this.observed, id))
  }

  /** Observes the threads again. */
  async observe(): Promise<ThreadFacts[]> {
    const { tasks, stream } = this.context
    this.observed = await observeThreads(tasks, stream, now)
    return this.observed
  }

  /** The world of runs, once the gate of those is open. */
  async world(): Promise<RunWorld> {
    this.#world ??= await openWorld(this.context, this.options)
    // A stage that was added since changed the plan.
    this.#world = { ...this.#world, plan: requireApprovedPlan(this.context) }
    return this.#world
  }

  /** Releases the world; the next one has agents.yaml as it is then. */
  async close(): Promise<void> {
    const world = this.#world
    this.#world = undefined
    if (world !== undefined) await closeWorld(world)
  }

  /** The run that carries out orders. */
  requestOf(orders: readonly FixOrder[]): RunRequest {
    const { model, force, parallel, fresh } = this.options
    const wishes = orders.flatMap(({ threads, action, agent, note }) =>
      threads.map((id) => ({
        id,
        action: wishOf(action),
        startsOver: fresh,
        agent: agent ?? undefined,
        model,
        force,
        note: note ?? undefined,
      })),
    )
    return { selection: { type: 'threads', threads: wishes }, parallel }
  }

  /** The options of `work add-stage` that carry out an order for a stage. */
  stageOf({ threads: [first = ''], fixedStage, name, description }: FixOrder): AddStageOptions {
    const stage = fixedStage ?? parentId(first, 'stage')
    return { ...this.options, stage, name: name ?? '', description: description ?? '' }
  }

  /** Shows what the orders would do. */
  async showOrders(orders: readonly FixOrder[]): Promise<void> {
    const runs = orders.filter(({ action }) => action !== 'stage')
    if (runs.length > 0) {
      const ids = runs.flatMap(({ threads }) => threads)
      // As they will be once their foreign sessions are given up.
      const threads = this.observed.map((thread) =>
        thread.foreign !== undefined && ids.includes(thread.id)
          ? { ...thread, status: 'interrupted' as const, foreign: undefined }
          : thread,
      )
      const world = await this.world()
      const preview = await previewRun(world, this.requestOf(runs), threads)
      showPreview(this.action, world, preview, this.options)
    }
    for (const order of orders) if (order.action === 'stage') this.#showStage(this.stageOf(order))
  }

  #showStage(options: AddStageOptions): void {
    const { stage: fixedStage, description = '' } = options
    const { what, name } = previewFix(options)
    const { id: stream } = this.context.entry
    if (options.json === true) {
      const stage = { fixedStage, name: options.name, description }
      printJson({ action: 'fix', stream, dryRun: true, stage })
      return
    }
    const where = what === 'batch' ? 'a batch at the end of that stage' : 'a stage at the end'
    print([`${stream}: this adds ${where} of PLAN.md to fix stage ${fixedStage}: ${name}`])
    if (description !== '') print([description])
  }

  /** What there is instead of something to fix, as it was last observed: what runs, and whether anything is left. */
  async lookAround(): Promise<{ stream: string; here: string[]; running: RunningThread[]; isDone: boolean }> {
    const { entry, stream } = this.context
    const running = await findRunning(stream, this.observed)
    const isAllDone = this.observed.length > 0 && this.observed.every(isDone)
    return { stream: entry.id, here: this.here, running, isDone: isAllDone }
  }
}

function wishOf(action: FixOrder['action']): ThreadWish['action'] {
  return action === 'resume' || action === 'deliver' ? action : 'retry'
}
