import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { systemCode, WorkError } from '../errors.ts'
import type { StreamPaths } from '../workspace.ts'

/** The text of PLAN.md. Throws a `WorkError` (`plan-missing`). */
export function readPlanText({ stream }: { stream: StreamPaths }): string {
  try {
    return readFileSync(stream.plan, 'utf8')
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    throw new WorkError(`${relative(stream.root, stream.plan)} is missing.`, {
      code: 'plan-missing',
      hint: 'Write it, or restore it from git.',
    })
  }
}
