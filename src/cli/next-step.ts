import type { NextStep } from '../approval/next-step.ts'
import { withCommands } from '../text/hint.ts'
import { oneLine } from '../text/sanitize.ts'
import type { OutputLine } from './output.ts'

/** The lines of a next step. Its commands name the workstream `streamId`, when that is not the current one. */
export function describeNextStep({ why, command }: NextStep, streamId?: string): OutputLine[] {
  if (command === undefined) return [oneLine(why)]
  const flag = streamId === undefined ? [] : ['--stream', streamId]
  return [oneLine(why), { next: withCommands(command, (line) => [...line, ...flag]) }]
}
