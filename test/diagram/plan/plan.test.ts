// @vitest-environment happy-dom
import mermaid from 'mermaid'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { isDiagram, type Format } from '../../../src/diagram/formats.ts'
import { planColors } from '../../../src/diagram/plan/colors.ts'
import { planToText } from '../../../src/diagram/plan/text.ts'
import type { PlanDiagram, PlanDiagramStage, PlanDiagramThread } from '../../../src/diagram/plan/plan.ts'
import { renderPlan } from '../../../src/diagram/plan/render.ts'
import { wrapColumns } from '../../../src/diagram/wrap-columns.ts'
import { createStyle, statusPaint, type ShownStatus } from '../../../src/ui/style.ts'
import { textWidth } from '../../../src/ui/width.ts'
import { coveredTexts, cutTexts, readPicture, struckTexts } from '../../helpers/picture.ts'

const statuses: ShownStatus[] = [
  'pending',
  'running',
  'completed',
  'failed',
  'incomplete',
  'interrupted',
  'blocked',
  'cancelled',
]
const marks = ['○', '●', '✓', '✗', '◐', '■', '✗', '■']
const odd =
  'a "b" [c] (d) {e} <b>f</b> `g` *h* _i_ #j; #35; %%{k} \\n | 1. --> end fa:fa-l & &amp; \u{1F680} 荷物'
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

describe('the Mermaid of a plan', () => {
  it('draws stage after stage and batch after batch, and threads in one batch without an arrow', async () => {
    expect(await renderPlan(plan(), 'mermaid')).toBe(`---
title: "Plan: Parcels · 001-parcels · not approved"
---
%% Drawn by work diagram
flowchart TB
  subgraph s1["✗ Stage 01#58; Storage"]
    direction TB
    subgraph s1b1["✓ Batch 01#58; Tables"]
      direction TB
      s1b1t1["✓ 01.01.01 Parcels<br/>completed"]:::green
    end
    subgraph s1b2["✗ Batch 02#58; Carriers"]
      direction TB
      s1b2t1["✗ 01.02.01 Post<br/>failed#58; error · 1#47;2 tasks"]:::red
      s1b2t2["● 01.02.02 Courier<br/>running"]:::cyan
    end
    s1b1 --> s1b2
  end
  subgraph s2["○ Stage 02#58; Screens"]
    direction TB
    subgraph s2b1["○ Batch 01#58; Lists"]
      direction TB
      s2b1t1["○ 02.01.01 List<br/>pending"]:::dim
    end
  end
  s1 --> s2
  classDef green fill:#e0f3e6,stroke:#1f7a44,color:#1b2733
  classDef red fill:#fde2df,stroke:#b42318,color:#1b2733
  classDef cyan fill:#d9f2f8,stroke:#0e7490,color:#1b2733
  classDef dim fill:#ffffff,stroke:#8a96a3,color:#1b2733
`)
  })

  it('is what Mermaid can read, and whatever the names, Mermaid has them in full', async () => {
    const title = `${odd} <a href="x">`
    const named = plan({
      name: title,
      stages: [stage('01', [[thread({ name: odd })], []], odd), stage('02', [])],
    })
    const text = await renderPlan(named, 'mermaid')
    expect((await mermaid.parse(text)).diagramType).toBe('flowchart-v2')
    // Mermaid's own tag is not in the title: it would change the quotes in it.
    const [, head = ''] = text.split('---\n')
    expect(head).not.toContain('<')
    expect(parse(head)).toEqual({ title: `Plan: ${title} · 001-parcels · not approved` })
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text)
    if (!('getSubGraphs' in db) || typeof db.getSubGraphs !== 'function')
      throw new Error('This is no flowchart.')
    const frames: { id: string; title: string }[] = db.getSubGraphs()
    // Mermaid keeps codes in this form until it draws them.
    const codes = frames.map(({ title: shown }) => shown.replaceAll('ﬂ°°', '#').replaceAll('¶ß', ';'))
    expect(codes.map(decoded)).toEqual([
      '○ Batch 01: Batch',
      '○ Batch 02: Batch',
      `○ Stage 01: ${odd}`,
      '○ Stage 02: Storage',
    ])
    const shown = decoded(text)
    expect(shown).toContain(`s1b1t1["○ 01.01.01 ${odd}<br/>pending"]`)
    expect(shown).toContain(`subgraph s1["○ Stage 01: ${odd}"]`)
  })
})

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

function plan(fields: Partial<PlanDiagram> = {}): PlanDiagram {
  const post = thread({ name: 'Post', status: 'failed', reason: 'exit', tasks: { total: 2, completed: 1 } })
  const storage = stage(
    '01',
    [
      [thread({ name: 'Parcels', status: 'completed' })],
      [post, thread({ name: 'Courier', status: 'running' })],
    ],
    'Storage',
  )
  const screens = stage('02', [[thread({ name: 'List' })]], 'Screens')
  for (const [index, name] of ['Tables', 'Carriers'].entries())
    Object.assign(storage.batches[index] ?? {}, { name })
  Object.assign(screens.batches[0] ?? {}, { name: 'Lists' })
  return {
    chart: 'plan',
    stream: '001-parcels',
    name: 'Parcels',
    approval: 'draft',
    stages: [storage, screens],
    ...fields,
  }
}

/** A stage with these batches of threads, which get their ids by their places. */
function stage(id: string, batches: PlanDiagramThread[][], name = 'Storage'): PlanDiagramStage {
  const made = batches.map((threads, index) => ({
    id: `${id}.0${index + 1}`,
    name: `Batch`,
    status: worst(threads),
    threads: threads.map((one, at) => ({
      ...one,
      id: `${id}.0${index + 1}.${String(at + 1).padStart(2, '0')}`,
    })),
  }))
  return { id, name, status: worst(batches.flat()), batches: made }
}

function worst(threads: PlanDiagramThread[]): ShownStatus {
  return (
    (['failed', 'running', 'pending', 'completed'] as const).find((status) =>
      threads.some((one) => one.status === status),
    ) ?? 'pending'
  )
}

function thread(fields: Partial<PlanDiagramThread> = {}): PlanDiagramThread {
  return {
    id: '',
    name: 'Thread',
    status: 'pending',
    reason: null,
    tasks: { total: 1, completed: 0 },
    ...fields,
  }
}

/** Mermaid's codes of signs as the signs. */
function decoded(text: string): string {
  return text.replaceAll(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
}
