/** The formats of a chart, and the ending of such a file. This file imports nothing, so that help needs no charts. */
export const endings = { mermaid: 'mmd', svg: 'svg', dot: 'dot', json: 'json', text: 'txt' } as const

export type Format = keyof typeof endings

/** A chart has no text form: its arrows need a picture. */
export type ChartFormat = Exclude<Format, 'text'>

/** Whether a text is what `work diagram` writes in this format, now or in the version that wrote it. */
export function isDiagram(text: string, format: Format): boolean {
  return signs[format].test(text)
}

const signs: Record<Format, RegExp> = {
  mermaid: /^(?:stateDiagram-v2|%% Drawn by work diagram)$/m,
  svg: /^<svg role="img"/,
  dot: /^digraph \{$/m,
  json: /^\{\s*"chart": "/,
  text: /^Plan: [^\n]*\n\n. Stage /u,
}
