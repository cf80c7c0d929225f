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

  it('leads no arrow through a text: it would be taken for its own', async () => {
    const svg = await renderChart(chart, 'svg')
    const points = arrowsIn(svg)
    expect(points.length).toBeGreaterThan(500)
    const struck = textsIn(svg).filter(({ left, right, top, bottom }) =>
      points.some(([x, y]) => left < x && x < right && top < y && y < bottom),
    )
    expect(struck.map(({ text }) => text)).toEqual([])
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
    const shown = unescaped(written)
    const text = shown.trim()
    const width = text.length * size * 0.5
    const x = Number(value('x')) + dx + (shown.length - shown.trimStart().length) * size * 0.25
    const left = value('text-anchor') === 'middle' ? x - width / 2 : x
    const bottom = Number(value('y')) + dy
    return { text, left, right: left + width, top: bottom - size * 0.7, bottom }
  })
}

type Point = readonly [x: number, y: number]

/** Points on each arrow, in the coordinates of the view box. Graphviz draws them as curves with two handles. */
function arrowsIn(svg: string): Point[] {
  const [, dx = 0, dy = 0] = /translate\(([\d.]+) ([\d.]+)\)/.exec(svg)?.map(Number) ?? []
  const edges = svg.match(/<g id="edge\d+"[^]*?<\/g>/g) ?? []
  return edges.flatMap((edge) => {
    const path = / d="([^"]*)"/.exec(edge)?.[1] ?? ''
    const points = (path.match(/-?[\d.]+,-?[\d.]+/g) ?? []).map((pair): Point => {
      const [x = 0, y = 0] = pair.split(',').map(Number)
      return [x + dx, y + dy]
    })
    return points.flatMap((_, index) => (index % 3 === 0 ? onCurve(points.slice(index, index + 4)) : []))
  })
}

/** Fifty points between the first and the last of four. */
function onCurve([from, near, far, to]: Point[]): Point[] {
  if (from === undefined || near === undefined || far === undefined || to === undefined) return []
  const between = ([x1, y1]: Point, [x2, y2]: Point, at: number): Point => [
    x1 + (x2 - x1) * at,
    y1 + (y2 - y1) * at,
  ]
  return Array.from({ length: 51 }, (_, index) => {
    const at = index / 50
    const [a, b, c] = [between(from, near, at), between(near, far, at), between(far, to, at)]
    return between(between(a, b, at), between(b, c, at), at)
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
