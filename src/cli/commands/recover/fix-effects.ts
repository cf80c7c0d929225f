import type { Answer } from '../../../../machines/answer.ts'
import type {
  FixAnswer,
  FixAsked,
  FixInput,
  FixKnown,
  FixOption,
  FixOrder,
  FixResult,
} from '../../../../machines/fix-context.ts'
import type { FixEffects } from '../../../../machines/fix-actors.ts'
import { requireAgent } from '../../../agents/choose-agent.ts'
import { fixOptions, isUnfinished, requireFixable } from '../../../engine/fix-options.ts'
import { settleEnded } from '../../../engine/reconcile.ts'
import type { RunReport } from '../../../engine/run-context.ts'
import { WorkError } from '../../../errors.ts'
import { explainRefusal } from '../../../files/refusal.ts'
import { askYes } from '../../../ui/prompt.ts'
import type { StreamContext } from '../../context.ts'
import { canAsk } from '../../interactive.ts'
import { print, printJson } from '../../output.ts'
import { reportError } from '../../report-error.ts'
import { addFix } from '../plan/add-stage.ts'
import { describeUnfinished, exitCodeOf } from '../run/report.ts'
import { showReport, watchRun } from '../run/run-threads.ts'
import { isActionGiven, type FixOptions } from './fix-flags.ts'
import { describeByHand } from './fix-screens.ts'
import { fixPrompts } from './fix-questions.ts'
import { FixScene } from './fix-scene.ts'

type Ids = readonly string[]

/** Codes for a plan that is not approved as it is: a stage can be added anyway. */
const closedGates = ['plan-changed', 'plan-not-approved', 'tasks-not-approved']

/** What the fix chart asks for, done to one workstream. */
export class FixDesk implements FixEffects {
  readonly scene: FixScene
  /** The result of each run. */
  readonly reports: RunReport[] = []
  /** Of the last thing that was done. */
  exitCode = 0

  constructor(context: StreamContext, options: FixOptions, action: 'fix' | 'continue') {
    this.scene = new FixScene(context, options, action)
  }

  loadThreads = async (named: FixInput['threads']): Promise<Ids> => {
    const { context, options } = this.scene
    const observed = await this.scene.observe()
    if (named === null || named === 'failed') return observed.filter(isUnfinished).map(({ id }) => id)
    const forced = options.force === true || options.newStage === true
    return (await requireFixable(context, observed, named, forced)).map(({ id }) => id)
  }

  inspectThreads = async (ids: Ids): Promise<readonly FixOption[]> => {
    const { newStage, agent } = this.scene.options
    if (newStage === true) return [{ action: 'stage', refusal: null }]
    try {
      const world = await this.scene.world()
      if (agent !== undefined) requireAgent(world.agents, agent)
      return await fixOptions(world, this.scene.threads(ids), agent)
    } catch (error) {
      const { options } = this.scene
      // A user may edit agents.yaml again; a script gets the error.
      const isShown = error instanceof WorkError && (closedGates.includes(error.code) || canAsk(options))
      if (!isShown || isActionGiven(options)) throw error
      const refusal = `${error.message} ${error.hint ?? ''}`.trim()
      const runs = ['resume', 'retry', 'swap'] as const
      return [...runs.map((action) => ({ action, refusal })), { action: 'stage', refusal: null }]
    }
  }

  ask = (asked: FixAsked): Promise<FixAnswer> => fixPrompts[asked.question](asked, this.scene)

  viewThreads = async ({ action, threads }: FixKnown): Promise<void> => {
    const [id] = threads ?? []
    if (action === 'agents') {
      const { edit } = await import('../plan/edit.ts')
      await edit({ ...this.scene.place, agents: true })
      await this.scene.close()
    } else if (action === 'hand') {
      print(['', ...describeByHand(this.scene.threads(threads), this.scene), ''])
      // What to type stays on the screen until then.
      await askYes('Back to the choices?')
    } else if (id !== undefined) {
      const { session } = await import('../session/session.ts')
      await session(action === 'log' ? 'logs' : 'attach', id, this.scene.place)
    }
    await this.scene.observe()
  }

  completeThreads = async (ids: Ids): Promise<void> => {
    const { sessionComplete } = await import('../session/complete.ts')
    for (const id of ids) await sessionComplete(id, { ...this.scene.place, yes: true, drop: true })
    this.exitCode = 0
  }

  carryOut = (order: FixOrder): Promise<FixResult> =>
    order.action === 'stage' ? this.#addStage(order) : this.#run([order])

  tellRefusal = async (error: unknown): Promise<void> => {
    const refusal = explainRefusal(error) ?? error
    if (!(refusal instanceof WorkError)) throw error
    this.exitCode = reportError(refusal, false)
    await this.scene.observe()
  }

  tellResult = async (result: FixResult | null): Promise<void> => {
    const { action, options, context } = this.scene
    const report = this.reports.at(-1)
    if (result === null || result === 'added' || result === 'marked' || report === undefined) return
    if (action === 'fix') await showReport(action, await this.scene.world(), report, options)
    // The command that this is a part of prints the next step.
    else if (options.json !== true) print([...describeUnfinished(context.stream, report), ''])
  }

  /** All fixes that were decided on: their threads as one run, then the stages. */
  async runTogether(orders: readonly FixOrder[]): Promise<FixResult[]> {
    const runs = orders.filter(({ action }) => action !== 'stage')
    const results: FixResult[] = []
    if (runs.length > 0) {
      const result = await this.#run(runs)
      await this.tellResult(result)
      results.push(result)
      if (result === 'interrupted') return results
    }
    for (const order of orders) if (order.action === 'stage') results.push(await this.#addStage(order))
    return results
  }

  /** Shows all fixes that were decided on; asks whether to start them. */
  async askTogether(orders: readonly FixOrder[]): Promise<Answer<true>> {
    await this.scene.showOrders(orders)
    print([''])
    return askYes('Start?')
  }

  async #run(orders: readonly FixOrder[]): Promise<FixResult> {
    const world = await this.scene.world()
    const { options } = this.scene
    const ids = orders.flatMap(({ threads }) => threads)
    await settleEnded(world, ids, options.force === true ? 'all' : 'elsewhere')
    const report = await watchRun(world, this.scene.requestOf(orders), options)
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

  async #addStage(order: FixOrder): Promise<FixResult> {
    const { added, words } = await addFix(this.scene.stageOf(order))
    this.exitCode = 0
    if (this.scene.options.json === true) printJson(added)
    else print(words)
    return 'added'
  }
}
