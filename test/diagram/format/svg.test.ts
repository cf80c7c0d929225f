import { describe, expect, it } from 'vitest'
import { threadMachine } from '../../../machines/thread.ts'
import { describeChart } from '../../../src/diagram/chart.ts'
import { charts } from '../../../src/diagram/charts.ts'
import { renderChart } from '../../../src/diagram/render.ts'
import { statesWithin } from '../../../src/diagram/edges.ts'
import type { ThreadHistory } from '../../../src/diagram/path.ts'
import { coveredTexts, cutTexts, readPicture, struckTexts } from '../../helpers/picture.ts'
import { history } from '../history.ts'
import { session } from '../../builders/records.ts'

describe.each(Object.entries(charts))('the picture of %s', (_, describe_) => {
  const chart = describe_()

  it('shows every state, event, guard, action and actor by name', async () => {
    const svg = await renderChart(chart, 'svg')
    const words = readPicture(svg)
      .texts.map(({ text }) => text)
      .join(' ')
    const states = statesWithin(chart)
    const transitions = [chart, ...states].flatMap((scope) => scope.transitions)
    const names = [
      ...states.flatMap(({ name, actors, entry, exit, reasons }) => [
        name,
        ...actors,
        ...entry,
        ...exit,
        ...reasons,
      ]),
      ...transitions.flatMap(({ event, guard, actions }) => [event, guard, ...actions]),
    ]
    expect(names.filter((name) => name !== null && !words.includes(name))).toEqual([])
  })

  it('is the same each time', async () => {
    expect(await renderChart(chart, 'svg')).toBe(await renderChart(chart, 'svg'))
  })

  it('cuts no text off, writes none over another, and leads no arrow through one', async () => {
    expect(faultsIn(await renderChart(chart, 'svg'))).toEqual(none)
  })
})

describe('the picture of a thread', () => {
  const end = { status: 'failed', reason: 'provider', completedAt: '2026-01-01T00:05:00.000Z' } as const
  const next = { startedAt: end.completedAt, sessionId: 'cmd_2', attempt: 2 }

  it.each<[string, Partial<ThreadHistory>]>([
    ['that waits', {}],
    [
      'that runs',
      { status: 'running', value: { running: 'working' }, sessions: [session({ status: 'running' })] },
    ],
    [
      'that took the next model and completed',
      { status: 'completed', sessions: [session(end), session(next)] },
    ],
    ['that failed', { status: 'failed', sessions: [session({ status: 'failed', reason: 'exit' })] }],
    [
      'that was interrupted, and failed again',
      {
        status: 'failed',
        sessions: [
          session({ status: 'interrupted', reason: 'signal' }),
          session({ ...next, status: 'failed', reason: 'exit' }),
        ],
      },
    ],
  ])('%s leads no arrow through a text', async (_, fields) => {
    const svg = await renderChart(describeChart(threadMachine), 'svg', history(fields))
    expect(faultsIn(svg)).toEqual(none)
  })
})

describe('the test of a picture', () => {
  it('finds an arrow that runs through a text or just along its letters', () => {
    const through = readPicture(svgOf(word(50, 'label'), arrow('M60,-90C60,-70 60,-30 60,-10')))
    expect(struckTexts(through)).toEqual(['label'])
    const along = readPicture(svgOf(word(50, 'label'), arrow('M10,-53C80,-53 120,-53 180,-53')))
    expect(struckTexts(along)).toEqual(['label'])
    const beside = readPicture(svgOf(word(50, 'label'), arrow('M45,-90C45,-70 45,-30 45,-10')))
    expect(struckTexts(beside)).toEqual([])
  })

  it('finds a text over another, and one that is cut off', () => {
    expect(coveredTexts(readPicture(svgOf(word(50, 'one'), word(60, 'two'))))).toEqual(['one × two'])
    expect(cutTexts(readPicture(svgOf(word(180, 'label'), word(50, 'whole'))))).toEqual(['label'])
  })
})

describe('a picture', () => {
  it('has a light ground of its own, generic fonts, a title, and asks for nothing from anywhere', async () => {
    const svg = await renderChart(describeChart(threadMachine), 'svg')
    expect(svg).toMatch(/^<svg role="img" /)
    expect(svg.match(/<title>.*<\/title>/g)).toEqual(['<title>The chart of thread</title>'])
    expect(svg).toMatch(/<polygon fill="#ffffff" stroke="none" points=/)
    expect(new Set(svg.match(/font-family="[^"]*"/g))).toEqual(
      new Set(['font-family="Helvetica, Arial, sans-serif"']),
    )
    expect(svg.replace(/xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(/https?:|<script|<image/)
  })

  it('of a thread shows its name and way, whatever the name', async () => {
    const named = history({ name: '"<b>&amp; \\N </title>' })
    const svg = await renderChart(describeChart(threadMachine), 'svg', named)
    const texts = readPicture(svg).texts.map(({ text }) => text)
    expect(texts).toContain('Thread 01.01.02 "<b>&amp; \\N </title>')
    expect(texts).toContain('pending (now)')
    expect(svg).toContain('<title>Thread 01.01.02</title>')
  })
})

const none = { cut: [], covered: [], struck: [] }

/** The texts that can't be read at once. Throws for a picture without arrows, in which nothing could be found. */
function faultsIn(svg: string) {
  const picture = readPicture(svg)
  if (picture.lines.flat().length < 500) throw new Error('The picture has no arrows.')
  return { cut: cutTexts(picture), covered: coveredTexts(picture), struck: struckTexts(picture) }
}

function svgOf(...shapes: string[]): string {
  return `<svg viewBox="0.00 0.00 200.00 100.00"><g transform="translate(4 96)">${shapes.join('')}</g></svg>`
}

function word(x: number, text: string): string {
  return `<text text-anchor="start" x="${x}" y="-50.00" font-size="10.00">${text}</text>`
}

function arrow(path: string): string {
  return `<g id="edge1" class="edge"><path d="${path}"/></g>`
}
