import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { systemCode, WorkError } from '../errors.ts'
import { readText, unreadable } from '../store/json-file.ts'
import type { StreamPaths } from '../workspace.ts'

/** The text of PLAN.md. Throws a `WorkError` (`plan-missing`, `file-unreadable`). */
export function readPlanText({ stream }: { stream: StreamPaths }): string {
  try {
    return readFileSync(stream.plan, 'utf8')
  } catch (error) {
    const path = relative(stream.root, stream.plan)
    if (systemCode(error) !== 'ENOENT') throw unreadable(path, error)
    throw new WorkError(`${path} is missing.`, {
      code: 'plan-missing',
      hint: 'Write it, or restore it from git.',
    })
  }
}

/** The text of TASKS.md; undefined when there is none. Throws a `WorkError` (`file-unreadable`). */
export function readTasksMd({ stream }: { stream: StreamPaths }): string | undefined {
  return readText({ path: stream.tasksMd, label: relative(stream.root, stream.tasksMd) })
}
