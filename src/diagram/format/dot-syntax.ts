/** Dark on a light ground of its own: the same picture can be read on a white page and on a dark one. */
export const colors = {
  ground: '#ffffff',
  frame: '#f3f6f9',
  line: '#51606f',
  text: '#1b2733',
  plain: { fill: '#ffffff', line: '#51606f' },
  passed: { fill: '#e0f3e6', line: '#1f7a44' },
  present: { fill: '#ffe7b0', line: '#b35900' },
}

/** What Graphviz measures text by: as wide as any font that a viewer may show it in. */
export const measuredFont = 'Verdana'

/** Attributes of a graph, a node or an edge. A text in angle brackets is markup. */
export type Attributes = Record<string, string | number | boolean>

/** How every picture looks. */
export const dotDefaults: Record<'graph' | 'node' | 'edge', Attributes> = {
  graph: {
    bgcolor: colors.ground,
    fontcolor: colors.text,
    fontname: measuredFont,
    fontsize: 12,
    compound: true,
    newrank: true,
    nodesep: 0.25,
    ranksep: 0.35,
    pad: 0.25,
    // Looks longer for an order in which arrows keep clear of the labels of others.
    mclimit: 2,
  },
  node: {
    shape: 'box',
    style: 'rounded,filled',
    margin: '0.14,0.07',
    height: 0.4,
    fontcolor: colors.text,
    fontname: measuredFont,
    fontsize: 11,
  },
  edge: {
    color: colors.line,
    arrowsize: 0.7,
    fontcolor: colors.text,
    fontname: measuredFont,
    fontsize: 9.5,
  },
}

/** Rows of markup, one below the other. */
export function table(rows: string[], spacing = 2): string {
  const cells = rows.map((row) => `<tr><td align="left">${row}</td></tr>`).join('')
  return `<table border="0" cellborder="0" cellpadding="0" cellspacing="${spacing}">${cells}</table>`
}

/** Markup as the value of an attribute. */
export function html(text: string): string {
  return `<${text}>`
}

/** A list of attributes, in brackets. */
export function attributes(values: Attributes): string {
  const list = Object.entries(values).map(([name, value]) => `${name}=${attributeValue(value)}`)
  return `[${list.join(', ')}]`
}

/** Text in angle brackets is markup; there is no other text that begins so. */
function attributeValue(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value)
  return value.startsWith('<') ? value : quoted(value)
}

/** A text as the name of something, or as the value of an attribute. */
export function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

/** Text as markup. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Lines, two spaces further to the right. */
export function indented(lines: string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
