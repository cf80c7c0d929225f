import { gitIn } from '../clones/git.ts'
import { landStream, planLand, type LandResult } from '../clones/land.ts'
import type { LandOptions, LandPlan } from '../clones/land-plan.ts'
import { isAncestor, resolveCommit } from '../clones/refs.ts'
import type { IsolationRecord, LandingRecord } from '../store/tasks/schema.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import { refsName } from './clean-plan.ts'

export interface LandRequest {
  root: string
  tasks: TasksStore
  isolation: IsolationRecord
  squash?: boolean | undefined
  /** The branch in which it is landed; the one that was checked out when the workstream began by default. */
  into?: string | undefined
  now: () => Date
  env: NodeJS.ProcessEnv
}

/** What landing would do and what forbids it. Changes nothing. */
export function previewLanding(request: LandRequest): Promise<LandPlan> {
  return planLand({ ...optionsOf(request), dryRun: true })
}

/**
 * Lands what is merged of a workstream in the branch that is checked out. Its intent is in tasks.json before anything
 * changes, so that the next call completes a landing that was killed; its result is there afterwards.
 */
export async function landNow(request: LandRequest): Promise<LandResult> {
  const { tasks, isolation } = request
  const { landing } = isolation
  const options = optionsOf(request)
  const result = await landStream(options, {
    ...(landing !== undefined && { begun: planOf(landing, isolation) }),
    record: (plan) => recordLanding(tasks, plan, options.at),
  })
  const landed = result.type === 'landed' ? recordOf(result.plan, options.at) : undefined
  if (landed !== undefined) await recordEnd(request, landed)
  else if (landing !== undefined && result.type === 'nothing') await endBegun(request, landing)
  else if (result.type === 'failed' || isMended(result, landing)) await recordEnd(request, undefined)
  return result
}

function optionsOf({ root, isolation, squash, into, now, env }: LandRequest): LandOptions {
  const { branch: source, from: recorded } = isolation
  return { root, stream: refsName(isolation), source, recorded, into, squash, at: now().toISOString(), env }
}

function recordLanding(tasks: TasksStore, plan: LandPlan, at: string): Promise<void> {
  return tasks.commit((file) => {
    if (file.isolation !== undefined) file.isolation.landing = recordOf(plan, at)
  })
}

/** What is recorded of a plan that is carried out. */
function recordOf({ tip, branch: into, from, to, kind }: LandPlan, at: string): LandingRecord | undefined {
  if (tip === null || to === null || kind === 'nothing') return undefined
  return { tip, into, from, to, kind, at }
}

/** The plan of a landing that was recorded: what putting back its files needs. */
function planOf({ tip, into, from, to, kind }: LandingRecord, { branch }: IsolationRecord): LandPlan {
  return {
    source: branch,
    tip,
    branch: into,
    from,
    to,
    kind,
    commits: [],
    files: [],
    conflicts: [],
    refusals: [],
  }
}

/** There is nothing to land any more: the landing that was killed had succeeded, or was made by hand. */
async function endBegun(request: LandRequest, landing: LandingRecord): Promise<void> {
  const main = gitIn(request.root, request.env)
  const isThere = (await resolveCommit(main, landing.to)) !== undefined
  const isLanded = isThere && (await isAncestor(main, landing.to, await main.text('rev-parse', 'HEAD')))
  await recordEnd(request, isLanded ? landing : undefined)
}

/** Whether the files of a landing that was killed are as before it, so that nothing of it is left to put back. */
function isMended(result: LandResult, landing: LandingRecord | undefined): boolean {
  if (result.type !== 'refused' || landing === undefined) return false
  const { from, branch, refusals } = result.plan
  return from === landing.from && branch === landing.into && refusals.every(({ code }) => code !== 'locked')
}

function recordEnd({ tasks }: LandRequest, landed: LandingRecord | undefined): Promise<void> {
  return tasks.commit((file) => {
    const { isolation } = file
    if (isolation === undefined) return
    delete isolation.landing
    if (landed !== undefined)
      isolation.landed = { commit: landed.to, tip: landed.tip, into: landed.into, at: landed.at }
  })
}
