import { describe, expect, it } from 'vitest'
import { planColors } from '../../../src/diagram/plan/colors.ts'
import type { PlanDiagram } from '../../../src/diagram/plan/plan.ts'
import { renderPlan } from '../../../src/diagram/plan/render.ts'
import { coveredTexts, cutTexts, readPicture, struckTexts } from '../../helpers/picture.ts'
import { marks, odd, plan, stage, statuses, thread } from './drawn-plan.ts'

describe('the SVG of a plan', () => {
  const large = plan({
    stages: [
      stage(
        '01',
        [Array.from({ length: 14 }, () => thread({ name: odd })), [thread()], [thread(), thread()]],
        odd.repeat(3),
      ),
      stage('02', []),
      stage(
        '03',
        [[], [thread({ name: '荷物の追跡'.repeat(20), status: 'failed', reason: 'rate-limit' })]],
        '画面',
      ),
      stage('04', [statuses.map((status) => thread({ status }))]),
    ],
  })

  it.each<[string, PlanDiagram]>([
    ['small', plan()],
    ['large', large],
  ])(
    'of a %s plan leads no arrow through a text, cuts none off and writes none over another',
    async (_, drawn) => {
      const picture = readPicture(await renderPlan(drawn, 'svg'))
      expect(picture.lines.length).toBeGreaterThan(3)
      expect(struckTexts(picture)).toEqual([])
      expect(coveredTexts(picture)).toEqual([])
      expect(cutTexts(picture)).toEqual([])
    },
  )

  it('has the threads of a batch side by side in their order, below those of the batch before', async () => {
    const { texts } = readPicture(await renderPlan(plan(), 'svg'))
    const at = (id: string) => texts.find(({ text }) => text.endsWith(id))
    const [tables, post, courier, list] = ['01.01.01', '01.02.01', '01.02.02', '02.01.01'].map(at)
    expect(post?.top).toBe(courier?.top)
    expect(post?.right).toBeLessThan(courier?.left ?? 0)
    expect(tables?.bottom).toBeLessThan(post?.top ?? 0)
    expect(courier?.bottom).toBeLessThan(list?.top ?? 0)
  })

  it('shows the state of each thread by a mark, a word and the color of the board', async () => {
    const svg = await renderPlan(
      plan({ stages: [stage('01', [statuses.map((status) => thread({ status }))])] }),
      'svg',
    )
    const words = readPicture(svg).texts.map(({ text }) => text)
    for (const [index, status] of statuses.entries()) {
      expect(words).toContain(`${marks[index] ?? ''} 01.01.0${index + 1}`)
      expect(words).toContain(status)
    }
    for (const { fill, line } of Object.values(planColors)) {
      expect(svg).toContain(`fill="${fill}" stroke="${line}"`)
    }
  })

  it('is XML whatever the names, and shows no control character', async () => {
    const name = `${odd}\u0007\u001B[31m\uD800\uFFFF\u202E`
    const svg = await renderPlan(plan({ name, stages: [stage(`01`, [[thread({ name })]], name)] }), 'svg')
    expect(svg).not.toMatch(/(?!\n)\p{Cc}|[\uFFFE\uFFFF\u202E]|\p{Cs}/u)
    expect(svg.replaceAll(/<[^<>]*>/g, '')).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|#\d+);)/)
    expect(readPicture(svg).texts.map(({ text }) => text)).toContain(
      `Plan: ${odd}\uFFFD\uFFFD · 001-parcels · not approved`,
    )
  })
})
