import { describe, expect, it } from 'vitest'
import { isDiagram, type Format } from '../../../src/diagram/formats.ts'
import { planToText } from '../../../src/diagram/plan/text.ts'
import type { PlanDiagram } from '../../../src/diagram/plan/plan.ts'
import { renderPlan } from '../../../src/diagram/plan/render.ts'
import { wrapColumns } from '../../../src/diagram/wrap-columns.ts'
import { createStyle, statusPaint } from '../../../src/ui/style.ts'
import { textWidth } from '../../../src/ui/width.ts'
import { marks, plan, stage, statuses, thread } from './drawn-plan.ts'

const plain = createStyle({ color: false, unicode: true })

describe('the text of a plan', () => {
  it('is a tree with the mark and the state of each part', () => {
    expect(planToText(plan(), { style: plain })).toEqual([
      'Plan: Parcels · 001-parcels · not approved',
      '',
      '✗ Stage 01: Storage',
      '├── ✓ Batch 01: Tables',
      '│   └── ✓ 01.01.01 Parcels · completed',
      '└── ✗ Batch 02: Carriers (2 at the same time)',
      '    ├── ✗ 01.02.01 Post · failed: error · 1/2 tasks',
      '    └── ● 01.02.02 Courier · running',
      '',
      '○ Stage 02: Screens',
      '└── ○ Batch 01: Lists',
      '    └── ○ 02.01.01 List · pending',
    ])
  })

  it.each([80, 40, 24, 12])('fits into %d columns, and keeps the ids', (width) => {
    const wide = plan({
      stages: [stage('01', [[thread({ name: '荷物の追跡'.repeat(9), status: 'failed', reason: 'exit' })]])],
    })
    for (const unicode of [true, false]) {
      const lines = planToText(wide, { style: createStyle({ color: false, unicode }), width })
      expect(lines.filter((line) => textWidth(line) > width)).toEqual([])
      expect(lines.length).toBe(5)
    }
    expect(planToText(wide, { style: plain, width: Math.max(24, width) }).at(-1)).toContain('01.01.01')
  })

  it.each(statuses)('paints %s as the board does', (status) => {
    const style = createStyle({ color: true, unicode: true })
    const lines = planToText(plan({ stages: [stage('01', [[thread({ status })]])] }), { style })
    expect(lines.at(-1)).toContain(statusPaint(style, status)(marks[statuses.indexOf(status)] ?? ''))
  })
})

describe('a plan', () => {
  const formats: Format[] = ['mermaid', 'svg', 'dot', 'json', 'text']

  it.each(formats)('as %s is known as a diagram of this command', async (format) => {
    expect(isDiagram(await renderPlan(plan(), format), format)).toBe(true)
  })

  it('that somebody else drew is not', () => {
    expect(isDiagram('flowchart TB\n  a --> b\n', 'mermaid')).toBe(false)
    expect(isDiagram('Plan: mine\n\nStage 1\n', 'text')).toBe(false)
  })

  it.each<[PlanDiagram['approval'], string]>([
    ['draft', ' · not approved'],
    ['revoked', ' · approval revoked'],
    ['changed', ' · changed after it was approved'],
    ['tasks-missing', ' · tasks not approved'],
    ['approved', ''],
    ['unknown', ''],
  ])('whose approval is %s has "%s" in its title', (approval, words) => {
    expect(planToText(plan({ approval }), { style: plain })[0]).toBe(`Plan: Parcels · 001-parcels${words}`)
  })
})

describe('wrapping', () => {
  it.each([
    ['', ['']],
    ['one two three', ['one two', 'three']],
    ['onetwothree four', ['onetwoth', 'ree four']],
    ['荷物の追跡', ['荷物の追', '跡']],
  ])('%j', (line, lines) => {
    expect(wrapColumns(line, 8)).toEqual(lines)
  })
})
