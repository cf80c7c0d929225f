import { describe, expect, it } from 'vitest'
import { threadMachine } from '../../machines/thread.ts'
import { describeChart } from '../../src/diagram/chart.ts'
import { charts } from '../../src/diagram/charts.ts'
import { renderChart } from '../../src/diagram/render.ts'
import { statesWithin } from '../../src/diagram/ways.ts'
import { history } from './history.ts'

describe.each(Object.entries(charts))('the picture of %s', (_, describe_) => {
  const chart = describe_()

  it('shows every state, event, guard, action and actor by name', async () => {
    const svg = await renderChart(chart, 'svg')
    const words = textsIn(svg)
      .map(({ text }) => text)
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

  it('cuts no text off, and writes none over another', async () => {
    const svg = await renderChart(chart, 'svg')
    const [, , width = 0, height = 0] = /viewBox="([^"]+)"/.exec(svg)?.[1]?.split(' ').map(Number) ?? []
    const texts = textsIn(svg)
    const outside = texts.filter(
      ({ left, right, top, bottom }) => left < 0 || right > width || top < 0 || bottom > height,
    )
    expect(outside).toEqual([])
    const covered = texts.flatMap((one, index) =>
      texts
        .slice(index + 1)
        .filter((other) => isOver(one, other))
        .map((other) => `${one.text} × ${other.text}`),
    )
    expect(covered).toEqual([])
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
    const texts = textsIn(svg).map(({ text }) => text)
    expect(texts).toContain('Thread 01.01.02 "<b>&amp; \\N </title>')
    expect(texts).toContain('pending (now)')
    expect(svg).toContain('<title>Thread 01.01.02</title>')
  })
})

interface Text {
  text: string
  left: number
  right: number
  top: number
  bottom: number
}

/** Each line of text and its place, in the coordinates of the view box; its width as in Arial, roughly. */
function textsIn(svg: string): Text[] {
  const [, dx = 0, dy = 0] = /translate\(([\d.]+) ([\d.]+)\)/.exec(svg)?.map(Number) ?? []
  const found = svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)
  return [...found].map(([, attributes = '', written = '']) => {
    const value = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? ''
    const size = Number(value('font-size'))
    const text = unescaped(written).trim()
    const width = text.length * size * 0.5
    const x = Number(value('x')) + dx
    const left = value('text-anchor') === 'middle' ? x - width / 2 : x
    const bottom = Number(value('y')) + dy
    return { text, left, right: left + width, top: bottom - size * 0.7, bottom }
  })
}

function isOver(one: Text, other: Text): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
}

function unescaped(text: string): string {
  return text
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
