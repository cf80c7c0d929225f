import type { CommitId } from '../../machines/delivery.ts'
import { advice, shell, work } from '../text/hint.ts'
import { nameCauses } from './causes.ts'
import { diffCommits } from './diff.ts'
import { type Git, gitIn } from './git.ts'
import type { LandOptions, LandPlan, LandRefusal } from './land-plan.ts'
import { makeLandCommit } from './land-commit.ts'
import { refuseFiles, refuseState } from './land-refusals.ts'
import { repairLanding } from './land-repair.ts'
import { mergeInMemory } from './merge-tree.ts'
import { branchRef, isAncestor, resolveCommit } from './refs.ts'
import { checkedOutBranch, firstNames } from './unfit.ts'
import { runUserGit } from './user-git.ts'

/** How landing ended. `rescued`: copies of files that an unfinished landing before it had left, relative to the root. */
export type LandResult = { plan: LandPlan; rescued: string[] } & (
  | { type: 'nothing' | 'refused' | 'planned' | 'landed' }
  | { type: 'failed'; /** What git says. */ detail: string }
)

/**
 * Lands the branch of a workstream in the branch that is checked out in the main tree. `begun`: the plan of a landing that
 * was recorded and is not known to be complete. `record`: writes the plan down before anything changes.
 * Throws a `WorkError` (`git-failed`) if git fails.
 */
export async function landStream(
  options: LandOptions,
  { begun, record }: { begun?: LandPlan; record?: (plan: LandPlan) => Promise<void> } = {},
): Promise<LandResult> {
  const rescued = begun === undefined || options.dryRun ? [] : await repairLanding(options, begun)
  const plan = await planLand(options)
  if (plan.refusals.length > 0) return { type: 'refused', plan, rescued }
  if (plan.to === null) return { type: 'nothing', plan, rescued }
  if (options.dryRun) return { type: 'planned', plan, rescued }
  await record?.(plan)
  const detail = await carryOut(options, plan)
  return detail === undefined ? { type: 'landed', plan, rescued } : { type: 'failed', plan, rescued, detail }
}

/**
 * Finds out what landing would do, and what forbids it. Changes nothing: a merge is made in memory. It is signed if the
 * user's commits are, unless `dryRun`.
 */
export async function planLand(options: LandOptions): Promise<LandPlan> {
  const { root, source, env } = options
  const main = gitIn(root, env)
  const [branch, from] = [await checkedOutBranch(main), await main.text('rev-parse', 'HEAD')]
  const tip = await resolveCommit(main, branchRef(source))
  const refusals = await refuseState(main, options, branch)
  const plan: LandPlan = {
    source,
    tip: tip ?? null,
    branch: branch ?? null,
    from,
    to: null,
    kind: 'nothing',
    commits: [],
    files: [],
    conflicts: [],
    refusals,
  }
  if (tip === undefined) {
    const message = `There is no branch ${source} in ${root}.`
    return { ...plan, refusals: [...refusals, { code: 'branch-gone', message, files: [] }] }
  }
  if (await isAncestor(main, tip, from)) return plan
  const commits = await listCommits(main, from, tip)
  const target = await targetOf(main, { options, from, tip, commits, branch })
  if (target.type === 'refused') {
    const { conflicts = [], refusal } = target
    return { ...plan, commits, conflicts, refusals: [...refusals, refusal] }
  }
  const { to, kind } = target
  if (to === null) return { ...plan, commits }
  const { files } = await diffCommits(root, from, to, { stat: true, env })
  return {
    ...plan,
    to,
    kind,
    commits,
    files,
    refusals: [...refusals, ...(await refuseFiles(main, from, to))],
  }
}

/**
 * Does what a plan without refusals says, with the hooks of the user. Gives what git says if it refuses: then nothing
 * has changed. Repeating it changes nothing.
 */
async function carryOut(
  { root, env }: Pick<LandOptions, 'root' | 'env'>,
  { branch, from, to }: LandPlan,
): Promise<string | undefined> {
  const main = gitIn(root, env)
  const [now, head] = [(await checkedOutBranch(main)) ?? null, await main.text('rev-parse', 'HEAD')]
  if (to === null || (now === branch && head === to)) return undefined
  if (now !== branch || head !== from) return `${branch ?? 'HEAD'} has changed since the landing was planned.`
  const args = ['merge', '--ff-only', '--no-overwrite-ignore', '--no-autostash', '--no-edit', to]
  const { exitCode, stdout, stderr, failure } = await runUserGit(root, args, { env })
  // A hook that runs after the merge may fail: what counts is where the branch is.
  if (exitCode === 0 || (await main.text('rev-parse', 'HEAD')) === to) return undefined
  return stderr.trim() || stdout.trim() || failure || `exit code ${exitCode}`
}

type Target =
  | { type: 'to'; to: CommitId | null; kind: LandPlan['kind'] }
  | { type: 'refused'; refusal: LandRefusal; conflicts?: LandPlan['conflicts'] }

interface Way {
  options: LandOptions
  from: CommitId
  tip: CommitId
  commits: LandPlan['commits']
  branch: string | undefined
}

/** The commit that the user's branch gets: the tip itself, or a merge made in memory. */
async function targetOf(main: Git, way: Way): Promise<Target> {
  const { options, from, tip, branch } = way
  if (!options.squash && (await isAncestor(main, from, tip)))
    return { type: 'to', to: tip, kind: 'fast-forward' }
  const merged = await mergeInMemory(main, from, tip)
  if (merged.type === 'clean') return commitTarget(main, merged.tree, way)
  const conflicts = await nameCauses(main, merged.files, { stream: options.stream, onto: tip, head: from })
  const name = branch ?? from
  const files = conflicts.map(({ path }) => path)
  const refusal: LandRefusal = {
    code: 'land-conflict',
    message: `${options.source} has conflicts with ${name}: ${firstNames(conflicts.map(({ path, kind }) => `${path} (${kind})`))}.`,
    hint: advice`Resolve them in the workstream: ${work('merge', '--from', name)}`,
    files,
  }
  return { type: 'refused', refusal, conflicts }
}

async function commitTarget(main: Git, tree: string, way: Way): Promise<Target> {
  const { options, from, tip, commits } = way
  const { squash = false, stream, source, at } = options
  if (tree === (await main.text('rev-parse', `${from}^{tree}`)))
    return { type: 'to', to: null, kind: 'nothing' }
  const list = commits.map(({ subject }) => `- ${subject}`).join('\n')
  const subject = squash ? `Land workstream ${stream}` : `Merge branch ${source}`
  const content = { tree, parents: squash ? [from] : [from, tip], message: `${subject}\n\n${list}`, at }
  const made = await makeLandCommit(main, content, options)
  if ('id' in made) return { type: 'to', to: made.id, kind: squash ? 'squash' : 'merge' }
  const refusal: LandRefusal = {
    code: 'not-signed',
    message: `The merge can't be signed, as commit.gpgSign asks for: ${made.why}`,
    hint: shell('git', 'config', '--show-origin', '--get-regexp', 'gpg|sign'),
    files: [],
  }
  return { type: 'refused', refusal }
}

/** The commits of the workstream's branch that the user's branch does not have, newest first. */
async function listCommits(main: Git, from: CommitId, tip: CommitId): Promise<LandPlan['commits']> {
  const { stdout } = await main.run(['log', '--first-parent', '--format=%H %s', `${from}..${tip}`])
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => ({
    id: line.slice(0, line.indexOf(' ')),
    subject: line.slice(line.indexOf(' ') + 1),
  }))
}
