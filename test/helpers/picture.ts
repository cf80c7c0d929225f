/** What an SVG of `work diagram` shows, in the coordinates of its view box. */
export interface Picture {
  width: number
  height: number
  texts: PictureText[]
  /** Each line of an arrow and each arrowhead, as points that are close to each other. */
  lines: Point[][]
}

/** A line of text and the box around its letters. */
interface PictureText extends Box {
  text: string
}

interface Box {
  left: number
  right: number
  top: number
  bottom: number
}

type Point = readonly [x: number, y: number]

/** Points of a line are at most this far apart. */
const step = 0.5

export function readPicture(svg: string): Picture {
  const [, , width = 0, height = 0] = /viewBox="([^"]+)"/.exec(svg)?.[1]?.split(' ').map(Number) ?? []
  return { width, height, texts: textsIn(svg), lines: linesIn(svg) }
}

/** The texts that a line runs through or touches: a reader would take them for its own. */
export function struckTexts({ texts, lines }: Picture): string[] {
  return texts
    .filter((text) => lines.some((line) => line.some((point) => isIn(point, text))))
    .map(({ text }) => text)
}

/** Pairs of texts that are written over each other. */
export function coveredTexts({ texts }: Picture): string[] {
  return texts.flatMap((one, index) =>
    texts
      .slice(index + 1)
      .filter((other) => isOver(one, other))
      .map((other) => `${one.text} × ${other.text}`),
  )
}

/** The texts that are not wholly in the picture. */
export function cutTexts({ texts, width, height }: Picture): string[] {
  return texts
    .filter(({ left, right, top, bottom }) => left < 0 || right > width || top < 0 || bottom > height)
    .map(({ text }) => text)
}

function textsIn(svg: string): PictureText[] {
  const [dx, dy] = originOf(svg)
  const found = svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)
  return [...found].flatMap(([, attributes = '', written = '']) => {
    const value = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? ''
    const size = Number(value('font-size'))
    const isBold = value('font-weight') === 'bold'
    const shown = unescaped(written)
    const text = shown.trim()
    if (text === '') return []
    const widthOf = (part: string) =>
      Array.from(part).reduce((sum, letter) => sum + letterWidth(letter, isBold), 0) * size
    const whole = widthOf(shown)
    const x = Number(value('x')) + dx
    const start = value('text-anchor') === 'middle' ? x - whole / 2 : x
    const left = start + widthOf(shown.slice(0, shown.length - shown.trimStart().length))
    const baseline = Number(value('y')) + dy
    return [
      {
        text,
        left,
        right: left + widthOf(text),
        top: baseline - size * 0.74,
        bottom: baseline + size * 0.21,
      },
    ]
  })
}

/** Widths of Helvetica and Arial in thousandths of the font size, from the space on (Adobe Font Metrics). */
const regular =
  '278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584'
const bold =
  '278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 556 556 500 389 280 389 584'
const letters = { regular: regular.split(' ').map(Number), bold: bold.split(' ').map(Number) }

/** The width of a letter by its font size. What the font has no letter for is taken to be a square. */
function letterWidth(letter: string, isBold: boolean): number {
  if (letter === '\u00a0') return 0.278
  const code = (letter.codePointAt(0) ?? 0) - 32
  return ((isBold ? letters.bold : letters.regular)[code] ?? 1000) / 1000
}

function linesIn(svg: string): Point[][] {
  const edges = svg.match(/<g id="edge\d+"[^]*?<\/g>/g) ?? []
  const [dx, dy] = originOf(svg)
  const pointsOf = (text = '') =>
    (text.match(/-?[\d.]+,-?[\d.]+/g) ?? []).map((pair): Point => {
      const [x = 0, y = 0] = pair.split(',').map(Number)
      return [x + dx, y + dy]
    })
  return edges.flatMap((edge) => [
    ...[...edge.matchAll(/ d="([^"]*)"/g)].map(([, path]) => onCurves(pointsOf(path))),
    ...[...edge.matchAll(/<polygon [^>]*points="([^"]*)"/g)].map(([, corners]) =>
      onCorners(pointsOf(corners)),
    ),
  ])
}

function originOf(svg: string): Point {
  const [, dx = 0, dy = 0] = /translate\(([\d.]+) ([\d.]+)\)/.exec(svg)?.map(Number) ?? []
  return [dx, dy]
}

/** Graphviz draws an arrow as curves, each with two handles. */
function onCurves(points: Point[]): Point[] {
  return points.flatMap((_, index) => (index % 3 === 0 ? onCurve(points.slice(index, index + 4)) : []))
}

function onCurve([from, near, far, to]: Point[]): Point[] {
  if (from === undefined || near === undefined || far === undefined || to === undefined) return []
  const length = distance(from, near) + distance(near, far) + distance(far, to)
  return spread(length, (at) => {
    const [a, b, c] = [between(from, near, at), between(near, far, at), between(far, to, at)]
    return between(between(a, b, at), between(b, c, at), at)
  })
}

function onCorners(corners: Point[]): Point[] {
  return corners.flatMap((from, index) => {
    const to = corners[index + 1]
    return to === undefined ? [] : spread(distance(from, to), (at) => between(from, to, at))
  })
}

function spread(length: number, pointAt: (at: number) => Point): Point[] {
  const count = Math.ceil(length / step) + 1
  return Array.from({ length: count + 1 }, (_, index) => pointAt(index / count))
}

function between([x1, y1]: Point, [x2, y2]: Point, at: number): Point {
  return [x1 + (x2 - x1) * at, y1 + (y2 - y1) * at]
}

function distance([x1, y1]: Point, [x2, y2]: Point): number {
  return Math.hypot(x2 - x1, y2 - y1)
}

function isIn([x, y]: Point, { left, right, top, bottom }: Box): boolean {
  return left < x && x < right && top < y && y < bottom
}

function isOver(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
}

function unescaped(text: string): string {
  return text
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll(/&#x([\da-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
