import { appendFileSync } from 'node:fs'
import type { CommitId, VerifyResult } from '../../machines/delivery.ts'
import { type Git, gitIn } from './git.ts'
import { changedFiles, goToCommit } from './go-to.ts'
import { removeCloneLocks } from './left-locks.ts'
import { makeCommit } from './make-commit.ts'
import { isAncestor } from './refs.ts'
import type { CloneSite } from './site.ts'
import { runSteps, type StepsEnd, type StepsOrder } from './steps.ts'
import { findLoss, firstNames } from './unfit.ts'

/** Runs commands to their end, or until the signal ends them. */
export type RunSteps = (order: StepsOrder, signal: AbortSignal) => Promise<StepsEnd>

export interface VerifyHereOrder {
  commands: readonly (readonly string[])[]
  /** Time limit of all commands together, in milliseconds. */
  timeout?: number | undefined
  /** File for the output, absolute. */
  log: string
  /** The same, relative to the repository root: this is recorded. */
  logName: string
  /** Unique to this delivery: what an earlier attempt left running is ended by it. */
  mark: string
  env: Record<string, string>
  /** ISO time that is recorded, and the date of a commit where one must be made. */
  at: string
  /** The time at the end of the commands, which is recorded then. Default: `at`. */
  now?: () => string
}

export interface VerifyOrder extends VerifyHereOrder {
  candidate: CommitId
}

/**
 * Runs the verify commands on a merge candidate, in the thread's clone, which is brought to it. Changes that the
 * commands make in tracked files are discarded, and named in the log. Throws the reason of `signal` if it was aborted,
 * and a `WorkError` (`git-failed`) if git fails.
 */
export async function verifyCandidate(
  site: CloneSite,
  order: VerifyOrder,
  signal: AbortSignal,
  run: RunSteps = runSteps,
): Promise<VerifyResult> {
  if (order.commands.length === 0) return { type: 'none' }
  const loss = await findLoss(site)
  if (loss !== undefined) return { type: 'unfit', detail: loss }
  removeCloneLocks(site.folder)
  const git = gitIn(site.folder, order.env)
  const target = await targetIn(git, order)
  const obstacle = await goToCommit(git, target)
  if (obstacle !== undefined) return obstacle
  const result = await runVerify(order, site.folder, signal, run)
  const changed = await changedFiles(git)
  if (changed.length > 0) {
    appendFileSync(order.log, `\nThe commands changed files, which is discarded: ${firstNames(changed)}\n`)
  }
  await git.run(['reset', '--quiet', '--hard', target])
  return result
}

/** Runs the verify commands in the main tree, without isolation. git is not used. Throws like `verifyCandidate`. */
export async function verifyHere(
  { root }: Pick<CloneSite, 'root'>,
  order: VerifyHereOrder,
  signal: AbortSignal,
  run: RunSteps = runSteps,
): Promise<VerifyResult> {
  return order.commands.length === 0 ? { type: 'none' } : runVerify(order, root, signal, run)
}

async function runVerify(
  order: VerifyHereOrder,
  cwd: string,
  signal: AbortSignal,
  run: RunSteps,
): Promise<VerifyResult> {
  const { commands, env, log, timeout, mark } = order
  const { code, failed, isTimedOut, tail } = await run({ commands, cwd, env, log, timeout, mark }, signal)
  signal.throwIfAborted()
  const verified = { code, at: order.now?.() ?? order.at, log: order.logName }
  if (code === 0) return { type: 'green', verified }
  const outcome = isTimedOut ? 'timed out' : code === null ? 'was ended by a signal' : `exit code ${code}`
  const detail = [`${(failed ?? []).join(' ')}: ${outcome}`, tail]
    .filter((text) => text.trim() !== '')
    .join('\n')
  return { type: 'red', verified, detail }
}

/**
 * What the clone goes to: the candidate, or, for a squash, a merge of it that has the same files and also contains the
 * commits of the clone.
 */
async function targetIn(git: Git, { candidate, at }: VerifyOrder): Promise<CommitId> {
  const second = await git.run(['rev-parse', '--verify', '--quiet', `${candidate}^2`], {
    expects: [0, 1, 128],
  })
  if (second.exitCode === 0) return candidate
  const head = await squashedHead(git, candidate)
  if (head === undefined || (await isAncestor(git, head, candidate))) return candidate
  const tree = await git.text('rev-parse', `${candidate}^{tree}`)
  return makeCommit(git, { tree, parents: [head, candidate], message: 'Merge what was squashed', at })
}

async function squashedHead(git: Git, candidate: CommitId): Promise<CommitId | undefined> {
  const name = await git.text('log', '-1', '--format=%(trailers:key=Work-Head,valueonly)', candidate)
  return name === '' ? undefined : name
}
