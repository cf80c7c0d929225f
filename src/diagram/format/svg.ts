import { escaped, measuredFont } from './dot-syntax.ts'

/** The picture of a drawing that is written in DOT. Graphviz comes as WebAssembly, which is loaded here and only on need. */
export async function toSvg(dot: string, title: string): Promise<string> {
  const { instance } = await import('@viz-js/viz')
  const viz = await instance()
  const svg = viz.renderString(dot, { format: 'svg', engine: 'dot' })
  return withLightEdges(svg.slice(svg.indexOf('<svg')).replaceAll(notes, ''))
    .replace(
      /<svg ([^>]*>)/,
      (_, rest: string) => `<svg role="img" ${rest}\n<title>${escaped(title)}</title>`,
    )
    .replaceAll(`font-family="${measuredFont}"`, `font-family="${shownFonts}"`)
}

/** What Graphviz says beside the picture: comments, and its own names of nodes and arrows. */
const notes = /<!--[^]*?-->\n?|<title>[^<]*<\/title>\n?/g

/** None of these is wider than the one that was measured, so every text fits its place. */
const shownFonts = 'Helvetica, Arial, sans-serif'

/** Where the border of a frame crosses the label of an arrow, a light edge around the letters interrupts it. */
function withLightEdges(svg: string): string {
  const edge = 'stroke="#ffffff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
  return svg.replaceAll(/<g id="edge\d+" class="edge">[^]*?<\/g>/g, (arrow) =>
    arrow.replaceAll('<text ', `<text ${edge} `),
  )
}
