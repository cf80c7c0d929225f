import { commandProgram, runner as definition } from '../../src/runners/command/index.ts'
import { openRecorded } from '../../src/runners/recorded/runner.ts'
import type { Runner } from '../../src/runners/runner.ts'
import { workspaceAt } from '../../src/paths.ts'

/** The command runner in a repository, with this built recorder and grace in milliseconds. */
export function commandRunner({
  recorder,
  root,
  grace,
}: {
  recorder: string
  root: string
  grace: number
}): Runner {
  return openRecorded(definition, commandProgram, {
    workspace: workspaceAt(root),
    helpers: { recorder, keeper: '' },
    env: process.env,
    now: () => new Date(),
    server: undefined,
    grace,
  })
}
