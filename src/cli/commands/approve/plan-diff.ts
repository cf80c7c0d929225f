import { diffOfPlan } from '../../../approval/approved-text.ts'
import { onMoment, planApproval } from '../../../approval/gate.ts'
import { plainText } from '../../../text/sanitize.ts'
import { readPlanText, refresh, type StreamContext } from '../../context.ts'
import { outputStyle } from '../../output.ts'
import { inheritedEnvironment } from '../../../process/env.ts'

/** What changed in PLAN.md since it was approved, in colors; nothing for a plan that was never approved, or is as it was. */
export async function describePlanDiff(context: StreamContext): Promise<string[]> {
  const { approval } = refresh(context).entry
  const { stream } = context
  if (approval === undefined) return []
  const plan = planApproval(approval, readPlanText(context))
  if (plan.state !== 'changed') return []
  const lines = await diffOfPlan(stream, approval, inheritedEnvironment(process.env))
  const since = `since it was approved${onMoment(plan.at)}`
  return lines === undefined
    ? [`PLAN.md has changed ${since}. The approved text is not known any more.`, '']
    : [`Changed in PLAN.md ${since}:`, ...lines.map(paintDiffLine), '']
}

/** A line of a unified diff, safe to print, in the colors that git uses. */
export function paintDiffLine(text: string): string {
  const { colors } = outputStyle()
  const line = plainText(text)
  if (/^(diff|index|\+\+\+|---|new file|deleted file) /.test(line)) return colors.bold(line)
  if (line.startsWith('@@')) return colors.cyan(line)
  if (line.startsWith('+')) return colors.green(line)
  return line.startsWith('-') ? colors.red(line) : line
}
