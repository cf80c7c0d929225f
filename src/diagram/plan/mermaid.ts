import { createStyle, statusColor, statusGlyph, type ShownStatus } from '../../ui/style.ts'
import { colors, indented } from '../format/dot-syntax.ts'
import { planColors } from './colors.ts'
import { frameTitle, planTitle, shownText, threadState } from './labels.ts'
import type { PlanDiagram, PlanDiagramBatch, PlanDiagramStage } from './plan.ts'

/** By this line a file is known to be one that `work diagram` wrote. */
const sign = '%% Drawn by work diagram'

const marks = createStyle({ color: false, unicode: true })

/** A plan as a Mermaid `flowchart`. Parts are named by their place: in a draft, two may have the same number. */
export function planToMermaid(plan: PlanDiagram): string {
  const stages = plan.stages.map((stage, index) => ({ key: `s${index + 1}`, stage }))
  const used = new Set(plan.stages.flatMap(statusesIn).map(statusColor))
  const body = [
    ...stages.flatMap(({ key, stage }) => stageLines(key, stage)),
    ...chain(stages.map(({ key }) => key)),
    ...[...used].map((name) => {
      const { fill, line } = planColors[name]
      return `classDef ${name} fill:${fill},stroke:${line},color:${colors.text}`
    }),
  ]
  // Mermaid changes quotes in what looks like a tag, before it reads the title as YAML.
  const title = JSON.stringify(planTitle(plan)).replaceAll('<', String.raw`\u003c`)
  return ['---', `title: ${title}`, '---', sign, 'flowchart TB', ...indented(body), ''].join('\n')
}

function stageLines(key: string, stage: PlanDiagramStage): string[] {
  const batches = stage.batches.map((batch, index) => ({ key: `${key}b${index + 1}`, batch }))
  return frame(key, marked(stage.status, frameTitle('Stage', stage)), [
    ...batches.flatMap((one) => batchLines(one.key, one.batch)),
    ...(batches.length === 0 ? [`${key}_none["no batches"]`] : chain(batches.map((one) => one.key))),
  ])
}

/** Nodes without an arrow between them are drawn side by side. */
function batchLines(key: string, batch: PlanDiagramBatch): string[] {
  const nodes = batch.threads.map((thread, index) => {
    const lines = [marked(thread.status, `${thread.id} ${shownText(thread.name)}`), threadState(thread)]
    return `${key}t${index + 1}["${lines.map(literal).join('<br/>')}"]:::${statusColor(thread.status)}`
  })
  const title = marked(batch.status, frameTitle('Batch', batch))
  return frame(key, title, nodes.length === 0 ? [`${key}_none["no threads"]`] : nodes)
}

function frame(key: string, title: string, lines: string[]): string[] {
  return [`subgraph ${key}["${literal(title)}"]`, ...indented(['direction TB', ...lines]), 'end']
}

function chain(keys: string[]): string[] {
  return keys.slice(1).map((key, index) => `${keys[index] ?? ''} --> ${key}`)
}

function marked(status: ShownStatus, text: string): string {
  return `${statusGlyph(marks, status)} ${text}`
}

function statusesIn({ batches }: PlanDiagramStage): ShownStatus[] {
  return batches.flatMap(({ threads }) => threads.map(({ status }) => status))
}

/** Signs by their numbers, as Mermaid has them: quotes, markup and Markdown of a name are no syntax. */
function literal(text: string): string {
  return text.replaceAll(/[!-'*+/:-@[-`{-~]/g, (letter) => `#${letter.codePointAt(0) ?? 0};`)
}
