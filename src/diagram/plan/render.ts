import { createStyle } from '../../ui/style.ts'
import type { Format } from '../formats.ts'
import { planToDot } from './dot.ts'
import { planTitle } from './labels.ts'
import { planToMermaid } from './mermaid.ts'
import { planToText, type PlanTextOptions } from './text.ts'
import type { PlanDiagram } from './plan.ts'

/** A plan in one of the formats. Text has no colour unless a style says so. */
export async function renderPlan(
  plan: PlanDiagram,
  format: Format,
  look: PlanTextOptions = { style: createStyle({ color: false, unicode: true }) },
): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(plan, null, 2)}\n`
    case 'mermaid':
      return planToMermaid(plan)
    case 'text':
      return `${planToText(plan, look).join('\n')}\n`
    case 'dot':
      return planToDot(plan)
    case 'svg': {
      const { toSvg } = await import('../format/svg.ts')
      return await toSvg(planToDot(plan), planTitle(plan))
    }
  }
}
