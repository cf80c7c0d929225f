import { lstatSync, rmSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { WorkError } from '../errors.ts'
import { requireInside } from '../files/inside.ts'
import type { PlanningPaths } from '../paths.ts'
import { planHash } from '../approval/gate.ts'
import { openQuestions } from '../plan/check.ts'
import { parsePlan } from '../plan/parse/parse.ts'
import type { Plan } from '../plan/plan.ts'
import { formatProblem } from '../plan/problem.ts'
import { writeWhole } from '../store/atomic-write.ts'
import { readExactText } from '../store/json/json-file.ts'
import { shell } from '../text/hint.ts'
import type { PlanningRecord } from '../store/tasks/schema.ts'

/** The text of the draft; undefined if there is none. Throws a `WorkError` for one that can't be read. */
export function readDraft(paths: PlanningPaths): string | undefined {
  return readFileAt(paths, paths.draft)
}

/** The text of PLAN.md; undefined if there is none. */
export function readPlan(paths: PlanningPaths): string | undefined {
  return readFileAt(paths, paths.plan)
}

/** What checking a draft found. */
export interface CheckedDraft {
  /** Undefined for a draft that can't be read. */
  plan: Plan | undefined
  /** In the form `PLAN.draft.md:12: …`; none for a valid draft. */
  problems: string[]
  /** The number of open questions. */
  questions: number
}

/** Checks the draft that was made for the last request; PLAN.md once the draft has become that. */
export function checkDraft(
  paths: PlanningPaths,
  { requests, settled_at: settledAt }: PlanningRecord,
): CheckedDraft {
  const isSettled = settledAt !== undefined
  const name = basename(isSettled ? paths.plan : paths.draft)
  try {
    const text = isSettled ? readPlan(paths) : readDraft(paths)
    if (text === undefined) return unread(`${name} was not written.`)
    const last = requests.at(-1)
    const isAsBefore = !isSettled && last?.kind !== 'edit' && last?.draft === planHash(text)
    const { plan, problems } = parsePlan(text)
    const errors = problems.filter(({ severity }) => severity === 'error')
    return {
      plan,
      problems: [
        ...(isAsBefore ? [`${name} is as it was before: nothing was changed in it.`] : []),
        ...errors.map((problem) => formatProblem(name, problem)),
      ],
      questions: openQuestions(plan).length,
    }
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    return unread(error.message)
  }
}

function unread(problem: string): CheckedDraft {
  return { plan: undefined, problems: [problem], questions: 0 }
}

/** Puts a draft where there is none. Returns whether it did. */
export async function beginDraft(paths: PlanningPaths, text: string): Promise<boolean> {
  if (readDraft(paths) !== undefined) return false
  await writeWhole(paths.draft, text)
  return true
}

/** Keeps the problems of a draft beside it. */
export async function keepProblems(paths: PlanningPaths, problems: readonly string[]): Promise<void> {
  requireInside(paths.root, paths.problems)
  await writeWhole(paths.problems, `${problems.join('\n')}\n`)
}

/** The text of the draft; undefined also for one that can't be read: checking it says why. */
export function readSoundDraft(paths: PlanningPaths): string | undefined {
  try {
    return readDraft(paths)
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    return undefined
  }
}

/** Removes the draft with its problems. Throws a `WorkError` (`draft-folder`) where it is a folder. */
export function removeDraft({ root, draft, problems }: PlanningPaths): void {
  if (lstatSync(draft, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new WorkError(`${relative(root, draft)} is a folder, expected a file.`, {
      code: 'draft-folder',
      hint: shell('rm', '-r', relative(root, draft)),
    })
  }
  for (const path of [draft, problems]) rmSync(path, { force: true })
}

function readFileAt({ root }: PlanningPaths, path: string): string | undefined {
  requireInside(root, path)
  return readExactText({ path, label: relative(root, path) }, 'plan-not-utf8')
}
