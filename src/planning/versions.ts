import { join } from 'node:path'
import { WorkError } from '../errors.ts'
import { requireInside } from '../files/inside.ts'
import type { PlanningPaths } from '../paths.ts'
import { planHash } from '../approval/gate.ts'
import { writeWhole } from '../store/atomic-write.ts'
import { readExactText } from '../store/json/json-file.ts'
import type { PlanVersion } from '../store/tasks/schema.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import { work } from '../text/hint.ts'
import { planningOf } from './state.ts'

/**
 * Keeps a text of PLAN.md as a version, unless it is the last one; its number. Only for the process that holds the lock of
 * the planning.
 */
export async function keepVersion(
  paths: PlanningPaths,
  planning: TasksStore,
  { text, by, at }: { text: string } & Pick<PlanVersion, 'by' | 'at'>,
): Promise<number> {
  const hash = planHash(text)
  const last = planningOf(planning.read()).versions.at(-1)
  if (last?.hash === hash) return last.number
  const number = (last?.number ?? 0) + 1
  requireInside(paths.root, versionPath(paths, number))
  await writeWhole(versionPath(paths, number), text)
  await planning.commit((file) => {
    const record = planningOf(file)
    file.planning = { ...record, versions: [...record.versions, { number, at, hash, by }] }
  })
  return number
}

/** The text of a version. Throws a `WorkError` (`version-missing`) that says which there are. */
export function readVersion(paths: PlanningPaths, versions: readonly PlanVersion[], number: number): string {
  const version = versions.find((one) => one.number === number)
  const path = versionPath(paths, number)
  requireInside(paths.root, path)
  const text = version === undefined ? undefined : readExactText({ path, label: path }, 'plan-not-utf8')
  if (text !== undefined) return text
  const last = versions.at(-1)?.number
  const words = last === undefined ? 'No version of the plan is kept yet.' : `There are 1 to ${last}.`
  const found = version === undefined ? `The plan has no version ${number}.` : `${path} is missing.`
  throw new WorkError(`${found} ${words}`, { code: 'version-missing', hint: work('plan', '--history') })
}

/** The file of a version. */
export function versionPath({ versions }: PlanningPaths, number: number): string {
  return join(versions, `${String(number).padStart(3, '0')}.md`)
}
