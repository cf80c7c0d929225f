// @vitest-environment happy-dom
import mermaid from 'mermaid'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { renderPlan } from '../../../src/diagram/plan/render.ts'
import { odd, plan, stage, thread } from './drawn-plan.ts'

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

/** Mermaid's codes of signs as the signs. */
function decoded(text: string): string {
  return text.replaceAll(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
}
