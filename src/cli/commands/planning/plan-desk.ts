import { relative } from 'node:path'
import type { Answer } from '../../../../machines/answer.ts'
import type {
  DraftCheck,
  DraftEffects,
  DraftingEnd,
  DraftRequest,
  DraftStanding,
  RescueChoice,
  ReviewChoice,
} from '../../../../machines/draft-context.ts'
import { readAgents } from '../../../agents/agents-file.ts'
import { planHash } from '../../../approval/gate.ts'
import { openQuestions } from '../../../plan/check.ts'
import { answerQuestion } from '../../../plan/edit/answer-question.ts'
import { parsePlan } from '../../../plan/parse/parse.ts'
import { isUnfilled } from '../../../plan/unfilled.ts'
import {
  beginDraft,
  checkDraft,
  keepProblems,
  readDraft,
  readSoundDraft,
  readPlan,
  removeDraft,
  type CheckedDraft,
} from '../../../planning/draft-file.ts'
import { changedElsewhere, recordTree } from '../../../planning/elsewhere.ts'
import { isPlanReplaced, placeDraft, removePlaced } from '../../../planning/place-draft.ts'
import { addRequest, planningOf } from '../../../planning/state.ts'
import { keepVersion } from '../../../planning/versions.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { writeWhole } from '../../../store/atomic-write.ts'
import { plainText } from '../../../text/sanitize.ts'
import { askNo, askText } from '../../../ui/prompt.ts'
import type { Template } from '../../../planning/templates.ts'
import { now, refresh, requireHuman } from '../../context.ts'
import type { DeskOptions } from './options.ts'
import { openEditor } from '../../editor.ts'
import { counted } from '../../../text/plural.ts'
import { print, say, type OutputLine } from '../../output.ts'
import { approvePlanAndTasks } from '../approve/all.ts'
import { askAboutFailure, askAboutInvalid, askAboutReview, shortList } from './plan-questions.ts'
import { describeDraft } from './plan-review.ts'
import { plannerOf, runPlanner } from './plan-session.ts'
import { draftStanding, planState, takeOverSession, type PlanningContext } from './planning-context.ts'
import { work } from '../../../text/hint.ts'

/** What the draft chart asks for, done to one workstream. */
export class PlanDesk implements DraftEffects {
  /** What was approved, in lines. */
  approval: readonly OutputLine[] = []
  readonly #place: PlanningContext
  readonly #options: DeskOptions
  readonly #template: Template | undefined
  /** The agent that the user chose in place of one that failed. */
  #agent: string | undefined

  constructor(place: PlanningContext, options: DeskOptions, template: Template | undefined) {
    this.#place = place
    this.#options = options
    this.#template = template
    this.#agent = options.agent
  }

  look = (): Promise<DraftStanding> => {
    removePlaced(this.#place)
    return Promise.resolve(draftStanding(this.#place))
  }

  askRequest = async ({ stage }: DraftStanding): Promise<Answer<DraftRequest>> => {
    const plan = readPlan(this.#place.paths)
    const isNew = stage === 'empty' && (plan === undefined || isUnfilled(plan))
    const question = isNew ? 'What should be true when the plan is done?' : 'What should change in the plan?'
    const answer = await askText(question, (text) => (text.trim() === '' ? 'Say it in a few words.' : null))
    if (answer.type !== 'chosen') return answer
    return { type: 'chosen', value: { kind: isNew ? 'goal' : 'revise', text: answer.value.trim() } }
  }

  keepRequest = async (request: DraftRequest): Promise<void> => {
    const { paths, planning } = this.#place
    const { requests, settled_at: settledAt } = planningOf(planning.read())
    if (requests.length === 0) await this.#takeOver()
    const isFresh = requests.length === 0 || settledAt !== undefined || request.kind === 'goal'
    if (isFresh) await this.#beginDraft(request)
    const draft = readSoundDraft(paths)
    // What nobody has seen yet is not worth a version.
    const isOfAgent = request.kind === 'repair' && requests.at(-1)?.kind !== 'edit'
    if (!isFresh && draft !== undefined && !isOfAgent) await this.#keep(draft)
    if (request.kind === 'repair') this.#tellRepair(request.problems)
    const plan = readPlan(paths)
    const tree = isFresh ? await this.#recordTree() : undefined
    await planning.commit((file) => {
      addRequest(file, request, {
        at: now().toISOString(),
        draft: draft === undefined ? undefined : planHash(draft),
      })
      if (!isFresh) return
      const { base: _, tree: __, template: ___, elsewhere: ____, ...rest } = planningOf(file)
      file.planning = {
        ...rest,
        ...(plan !== undefined && { base: planHash(plan), from_template: isUnfilled(plan) }),
        ...(this.#template !== undefined && { template: this.#template.name }),
        ...(tree !== undefined && { tree }),
      }
    })
  }

  /** The session of an earlier version gets the first request. */
  async #takeOver(): Promise<void> {
    const { context } = this.#place
    if (context.entry.planningSession === undefined) return
    const agents = await readAgents(context.workspace.agents)
    await takeOverSession(this.#place, this.#agent ?? plannerOf(agents))
  }

  /** The draft as it is before anybody works on it. What is there already is kept as a version. */
  async #beginDraft(request: DraftRequest): Promise<void> {
    const { paths } = this.#place
    const plan = readPlan(paths)
    const first = request.kind === 'goal' ? this.#template?.text : plan
    const left = readDraft(paths)
    if (left === first) return
    if (left !== undefined) {
      await this.#keep(left)
      removeDraft(paths)
    }
    if (first !== undefined) await beginDraft(paths, first)
  }

  async #keep(text: string): Promise<void> {
    const { paths, planning } = this.#place
    const isByHand = planningOf(planning.read()).requests.at(-1)?.kind === 'edit'
    const at = now().toISOString()
    await keepVersion(paths, planning, { text, by: isByHand ? 'user' : 'agent', at })
  }

  #tellRepair(problems: readonly string[]): void {
    const lines = [
      `The draft has ${counted(problems.length, 'problem')}. The agent gets them:`,
      ...shortList(problems),
      '',
    ]
    if (this.#options.json === true) say(...lines)
    else print(['', ...lines])
  }

  #recordTree() {
    const { workspace, stream } = this.#place.context
    const env = inheritedEnvironment(process.env)
    return recordTree(workspace.root, env, relative(workspace.root, stream.folder))
  }

  draft = async (): Promise<DraftingEnd> => {
    const end = await runPlanner(this.#place, { ...this.#options, agent: this.#agent })
    if (end !== 'left') await this.#recordElsewhere()
    return end
  }

  /** Keeps what has changed outside of the workstream until now. */
  async #recordElsewhere(): Promise<string[]> {
    const { planning } = this.#place
    const { tree, elsewhere = [] } = planningOf(planning.read())
    const after = tree === undefined ? undefined : await this.#recordTree()
    if (tree === undefined || after === undefined) return elsewhere
    const changed = [...new Set([...elsewhere, ...changedElsewhere(tree, after)])].toSorted()
    await planning.commit((file) => {
      file.planning = { ...planningOf(file), elsewhere: changed }
    })
    return changed
  }

  askAfterFailure = async (): Promise<Answer<RescueChoice>> => {
    const { answer, agent } = await askAboutFailure(this.#place)
    if (agent !== undefined) this.#agent = agent
    return answer
  }

  check = (): Promise<DraftCheck> => Promise.resolve(this.checked())

  /** The draft as it is now. */
  checked(): CheckedDraft {
    const { paths, planning } = this.#place
    return checkDraft(paths, planningOf(planning.read()))
  }

  keepProblems = ({ problems }: DraftCheck): Promise<void> => keepProblems(this.#place.paths, problems)

  askInvalid = async (check: DraftCheck): Promise<Answer<RescueChoice>> => {
    await this.keepProblems(check)
    return askAboutInvalid(this.#place, check)
  }

  askReview = async (check: DraftCheck): Promise<Answer<ReviewChoice>> => {
    print(['', ...(await describeDraft(this.#place, this.checked(), await this.elsewhere())), ''])
    return askAboutReview(check)
  }

  /** Files that were changed outside of the workstream while the agent planned. */
  async elsewhere(): Promise<string[]> {
    const { elsewhere } = planningOf(this.#place.planning.read())
    return elsewhere ?? this.#recordElsewhere()
  }

  answerQuestions = async (): Promise<void> => {
    await this.#ownDraft()
    const { paths } = this.#place
    for (let skipped = 0; ;) {
      const text = readDraft(paths) ?? ''
      const question = openQuestions(parsePlan(text).plan)[skipped]
      if (question === undefined) return
      const answer = await askText(`${plainText(question.text)} (Enter leaves it open)`)
      if (answer.type !== 'chosen') return
      if (answer.value.trim() === '') skipped += 1
      else await writeWhole(paths.draft, answerQuestion(text, question.line, answer.value.trim()))
    }
  }

  /** The plan becomes a draft again, before the user changes it. */
  async #ownDraft(): Promise<void> {
    if (planningOf(this.#place.planning.read()).settled_at !== undefined)
      await this.keepRequest({ kind: 'edit' })
  }

  edit = async (): Promise<void> => {
    await openEditor(this.#place.paths.draft)
  }

  approve = async (): Promise<'approved' | 'back'> => {
    requireHuman('approval', work('plan'))
    const { context, paths, planning } = this.#place
    const asks = this.#options.yes !== true
    const isPlaced = planningOf(planning.read()).settled_at !== undefined
    let undo: (() => Promise<void>) | undefined
    if (!isPlaced) {
      const isReplaced = isPlanReplaced({ paths, planning })
      if (isReplaced && asks && !(await this.#agreesToReplace())) return 'back'
      undo = await placeDraft({ paths, planning, now, isAgreed: isReplaced && asks })
    }
    try {
      const { words } = await approvePlanAndTasks(refresh(context), {
        ...this.#options,
        allowsQuestions: asks,
      })
      this.approval = words.filter((line) => typeof line === 'string' || !('next' in line))
      return 'approved'
    } catch (error) {
      if (!(error instanceof WorkError)) throw error
      // What was approved stays approved: only the rest is left to do.
      if (planState(this.#place) !== 'approved') await undo?.()
      if (error.exitCode === exitCodes.interrupted && asks) return 'back'
      throw error
    }
  }

  async #agreesToReplace(): Promise<boolean> {
    const answer = await askNo('PLAN.md was changed by someone else since the draft began. Replace it?')
    return answer.type === 'chosen'
  }

  leave = async (): Promise<void> => {
    const { paths, planning } = this.#place
    const { settled_at: settledAt } = planningOf(planning.read())
    const plan = readPlan(paths)
    if (settledAt !== undefined || readDraft(paths) === undefined) return
    // Where nobody has written a plan, nothing is overwritten.
    if (plan === undefined || isUnfilled(plan)) await placeDraft({ paths, planning, now, isAgreed: true })
  }
}
