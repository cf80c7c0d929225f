import type { TestWorkspace } from './cli.ts'
import { linesOf } from './scene.ts'

/** Appends a line to a file of the workspace, as agents leave traces. */
export const trace = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
const { WORK_THREAD, WORK_ATTEMPT, WORK_SESSION } = process.env
appendFileSync('trace', [WORK_THREAD, WORK_ATTEMPT, WORK_SESSION].join(' ') + '\\n')
`

export function traces(workspace: TestWorkspace): string[] {
  return linesOf(workspace, 'trace')
}
