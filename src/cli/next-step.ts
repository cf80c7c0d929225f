import type { NextStep } from '../approval/next-step.ts'
import { oneLine } from '../text/sanitize.ts'

/** The lines of a next step. Its commands name the workstream `streamId`, when that is not the current one. */
export function describeNextStep({ why, command }: NextStep, streamId?: string): string[] {
  if (command === undefined) return [oneLine(why)]
  const named =
    streamId === undefined ? command : command.replaceAll(/work [^,]+/g, `$& --stream ${streamId}`)
  return [oneLine(why), `  → ${named}`]
}
