import { exitCodes, WorkError } from '../../errors.ts'
import { type Answers, noAnswers } from '../../plan/compare/answers.ts'
import { comparePlan, type Difference } from '../../plan/compare/compare.ts'
import type { Plan } from '../../plan/plan.ts'
import type { TasksStore } from '../../store/tasks/tasks.ts'
import type { TasksFile } from '../../store/tasks/schema.ts'
import type { StreamPaths } from '../../paths.ts'
import { applyDifferences, touchedIds } from './apply.ts'
import { describeDifferences, factsOf, isSettled, suggestAnswers } from './describe.ts'
import { ownThreads } from '../../threads/leases.ts'
import { recordedThreads, recordPlan } from './record.ts'
import { isPending } from './stage-moves.ts'
import { threadsOf } from '../../threads/thread.ts'
import { advice, work } from '../../text/hint.ts'

/** Compares tasks.json with a plan. */
export function compareWithTasks(file: TasksFile, plan: Plan, answers: Answers = noAnswers): Difference[] {
  return comparePlan(recordedThreads(threadsOf(file), file.plan), plan, answers)
}

/**
 * Whether tasks.json is known to match the plan with this hash, and index.json to match both: then no comparison is
 * needed.
 */
export function isRecorded(file: TasksFile, hash: string, appliedAt: string | undefined): boolean {
  return file.plan?.hash === hash && !isPending(file, appliedAt)
}

/**
 * Throws a `WorkError` (`plan-differs`) if tasks.json does not match the plan whose text has this hash: one thread
 * would be run as another. `appliedAt` is the renumbering that index.json follows.
 */
export function requireSettled(
  file: TasksFile,
  plan: Plan,
  { hash, appliedAt }: { hash: string; appliedAt: string | undefined },
): void {
  if (file.plan?.hash !== hash) {
    const differences = compareWithTasks(file, plan)
    if (!isSettled(differences)) throw planDiffers(differences)
  }
  if (!isPending(file, appliedAt)) return
  throw new WorkError('Threads were renumbered, but the approvals of their stages were not updated yet.', {
    code: 'plan-differs',
    hint: work('approve', 'plan'),
    exitCode: exitCodes.unfinished,
  })
}

/** The `WorkError` (`plan-differs`) that shows the differences, with flags that answer the open ones. */
export function planDiffers(differences: readonly Difference[], target = 'plan'): WorkError {
  return new WorkError(
    [
      'PLAN.md has changed for threads that are recorded in tasks.json:',
      ...describeDifferences(differences),
    ].join('\n'),
    {
      code: 'plan-differs',
      hint: work('approve', target, ...suggestAnswers(differences)),
      exitCode: exitCodes.unfinished,
      facts: { differences: differences.flatMap(factsOf) },
    },
  )
}

interface Change {
  stream: StreamPaths
  tasks: TasksStore
  plan: Plan
  hash: string
  answers: Answers
  appliedAt: string | undefined
  now: () => Date
  /** The command as typed, shown to others that find a thread taken. */
  command: string
}

/**
 * Updates tasks.json to the plan in one commit, and returns what changed. Throws a `WorkError`: `plan-differs` if an
 * answer is missing, `thread-busy` if one of the threads is running or owned. Then nothing was changed.
 */
export async function followPlan(change: Change): Promise<Difference[]> {
  const { stream, tasks, plan, hash, answers, appliedAt, now, command } = change
  const before = tasks.read()
  const ids = touchedIds(compareWithTasks(before, plan, answers))
  const ownership = await ownThreads(stream, ids, { pid: process.pid, command, since: now().toISOString() })
  try {
    return await tasks.commit((file) => {
      const differences = compareWithTasks(file, plan, answers)
      if (differences.some(({ isOpen }) => isOpen)) throw planDiffers(differences)
      requireIdle(file, touchedIds(differences), ids)
      applyDifferences(file, differences, { at: now().toISOString(), appliedAt })
      recordPlan(file, plan, hash)
      return differences
    })
  } finally {
    ownership.release()
  }
}

function requireIdle(file: TasksFile, touched: readonly string[], owned: readonly string[]): void {
  const running = threadsOf(file).find(({ id, status }) => status === 'running' && touched.includes(id))
  const other = touched.find((id) => !owned.includes(id))
  if (running === undefined && other === undefined) return
  throw new WorkError(
    `Thread ${running?.id ?? other ?? ''} is running, so its place in the plan can't be changed.`,
    {
      code: 'thread-busy',
      hint: advice`${work('status')} shows it. Wait for its end, or run ${work('continue')} if it has no supervisor.`,
      exitCode: exitCodes.usage,
    },
  )
}
