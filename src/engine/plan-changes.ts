import { exitCodes, WorkError } from '../errors.ts'
import { type Answers, comparePlan, type Difference, noAnswers } from '../plan/compare.ts'
import type { Plan } from '../plan/plan.ts'
import type { TasksStore } from '../store/tasks.ts'
import type { TasksFile } from '../store/tasks-schema.ts'
import type { StreamPaths } from '../workspace.ts'
import { applyDifferences, touchedIds } from './apply-plan.ts'
import { describeDifferences, factsOf, isSettled, suggestAnswers } from './describe-differences.ts'
import { ownThreads } from './owners.ts'
import { recordedThreads, recordPlan } from './plan-record.ts'
import { isPending } from './stage-moves.ts'
import { threadsOf } from './thread-facts.ts'

/** What tasks.json and a plan have in common, and what not. */
export function compareWithTasks(file: TasksFile, plan: Plan, answers: Answers = noAnswers): Difference[] {
  return comparePlan(recordedThreads(threadsOf(file), file.plan), plan, answers)
}

/** Whether tasks.json is known to go with the plan of this hash, and index.json with both: nothing has to be compared. */
export function isRecorded(file: TasksFile, hash: string, appliedAt: string | undefined): boolean {
  return file.plan?.hash === hash && !isPending(file, appliedAt)
}

/**
 * Throws a `WorkError` (`plan-differs`) when tasks.json does not go with the plan whose text has this hash: a thread would be
 * run as another. `appliedAt` is the renumbering that index.json follows.
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
  throw new WorkError('Threads were renumbered, and the approvals of their stages do not follow yet.', {
    code: 'plan-differs',
    hint: 'work approve plan',
    exitCode: exitCodes.unfinished,
  })
}

/** The `WorkError` (`plan-differs`) that shows the differences, with flags that answer what is open. */
export function planDiffers(differences: readonly Difference[], target = 'plan'): WorkError {
  return new WorkError(
    [
      'PLAN.md has changed under threads that are recorded in tasks.json:',
      ...describeDifferences(differences),
    ].join('\n'),
    {
      code: 'plan-differs',
      hint: `work approve ${[target, ...suggestAnswers(differences)].join(' ')}`,
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
  /** What was typed, for whoever finds a thread taken. */
  command: string
}

/**
 * Brings tasks.json to where the plan is, in one commit, and gives what changed. Throws a `WorkError`: `plan-differs` when an
 * answer is missing, `thread-busy` when one of the threads runs or is owned. Then nothing was changed.
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
      hint: 'work status shows it. Wait for its end, or run work continue when nothing supervises it.',
      exitCode: exitCodes.usage,
    },
  )
}
