import { relative } from 'node:path'
import { WorkError } from '../errors.ts'
import { readExactText, readText } from '../store/json/json-file.ts'
import type { StreamPaths } from '../paths.ts'

/** The text of PLAN.md, byte for byte. Throws a `WorkError` (`plan-missing`, `plan-not-utf8`, `file-unreadable`). */
export function readPlanText({ stream }: { stream: StreamPaths }): string {
  const label = relative(stream.root, stream.plan)
  const text = readExactText({ path: stream.plan, label }, 'plan-not-utf8')
  if (text !== undefined) return text
  throw new WorkError(`${label} is missing.`, {
    code: 'plan-missing',
    hint: 'Write it, or restore it from git.',
  })
}

/** The text of TASKS.md; undefined if there is none. Throws a `WorkError` (`file-unreadable`). */
export function readTasksMd({ stream }: { stream: StreamPaths }): string | undefined {
  return readText({ path: stream.tasksMd, label: relative(stream.root, stream.tasksMd) })
}
