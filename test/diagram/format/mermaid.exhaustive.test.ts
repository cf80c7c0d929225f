// @vitest-environment happy-dom
import mermaid from 'mermaid'
import { describe, expect, it } from 'vitest'
import { createMachine, setup } from 'xstate'
import { threadMachine } from '../../../machines/thread.ts'
import { describeChart } from '../../../src/diagram/chart.ts'
import { charts } from '../../../src/diagram/charts.ts'
import { renderChart } from '../../../src/diagram/render.ts'
import { history } from '../history.ts'

describe('the Mermaid of a chart', () => {
  it('shows frames, actors, self-transitions, arrows in the order of their guards, and final states', async () => {
    const chart = describeChart(
      setup({
        guards: { isRich: () => true, isOpen: () => true },
        actions: { pay: () => undefined, wave: () => undefined },
      }).createMachine({
        id: 'shop',
        initial: 'street',
        states: {
          street: {
            on: {
              ENTER: [
                { guard: 'isRich', target: 'inside.till', actions: 'pay' },
                { guard: 'isOpen', target: 'inside' },
                { target: 'gone' },
              ],
              CALL: { actions: 'wave' },
            },
          },
          inside: {
            initial: 'hall',
            on: { FIRE: 'gone', ASK: '.till' },
            states: { hall: { on: { ASK: {} } }, till: { on: { ASK: { target: 'till', reenter: true } } } },
          },
          gone: { type: 'final' },
        },
      }),
    )
    expect(await renderChart(chart, 'mermaid')).toBe(`---
config:
  state:
    nodeSpacing: 60
    rankSpacing: 100
---
stateDiagram-v2
  state "street<br/>CALL / wave" as street
  state "inside" as inside {
    state "hall<br/>ASK / nothing" as inside__hall
    state "till<br/>ASK → till" as inside__till
    state "any state in here" as inside__any
    [*] --> inside__hall
    inside__any --> inside__till : ASK
  }
  state "gone (end)" as gone
  [*] --> street
  street --> inside__hall : ENTER<br/>[isOpen] (2)
  street --> inside__till : ENTER<br/>[isRich] (1)<br/>/ pay
  street --> gone : ENTER<br/>[else]
  inside --> gone : FIRE
`)
  })

  it.each(Object.entries(charts))('of %s is what Mermaid can read', async (_, chart) => {
    expect(await typeOf(await renderChart(chart(), 'mermaid'))).toBe('stateDiagram')
  })

  it('can be read with regions, histories, names that mean something to Mermaid, and ways from everywhere', async () => {
    const chart = createMachine({
      id: 'odd',
      initial: 'state',
      on: { 'a:b;c#d': '.end' },
      states: {
        state: { on: { GO: 'both' }, always: { guard: 'is<odd>', target: 'both' } },
        both: {
          type: 'parallel',
          on: { AGAIN: { target: 'both', reenter: true } },
          states: {
            left: {
              initial: 'note',
              states: { note: { on: { UP: '#odd.both', BACK: 'past' } }, past: { type: 'history' } },
            },
            right: { initial: 'class', states: { class: {} } },
          },
        },
        end: { type: 'final' },
      },
    })
    const text = await renderChart(describeChart(chart), 'mermaid')
    // Mermaid reads an arrow to the frame that it begins in, and fails to draw it.
    expect(text).toContain('state "note<br/>UP → both" as both__left__note')
    expect(await typeOf(text)).toBe('stateDiagram')
  })

  it('can be read with a thread in it, whatever its name', async () => {
    const named = history({ name: 'a: "b" <c> #d; {e} %% `f` \\ --> [*]' })
    const text = await renderChart(describeChart(threadMachine), 'mermaid', named)
    expect(text).toContain('class pending present')
    expect(await typeOf(text)).toBe('stateDiagram')
  })

  it('is held to what Mermaid itself refuses', async () => {
    await expect(mermaid.parse('stateDiagram-v2\n  state "a as b')).rejects.toThrow('Parse error')
  })
})

/** What kind of diagram Mermaid's own parser takes a text for; it throws when it can't read it. */
async function typeOf(text: string): Promise<string> {
  const { diagramType } = await mermaid.parse(text)
  return diagramType
}
