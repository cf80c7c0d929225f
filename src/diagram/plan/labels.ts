import { describeOutcome } from '../../ui/outcome.ts'
import { statusWord } from '../../ui/style.ts'
import { oneLine } from '../../text/sanitize.ts'
import type { PlanDiagram, PlanDiagramApproval, PlanDiagramPart, PlanDiagramThread } from './plan.ts'

const approvalWords: Record<PlanDiagramApproval, string[]> = {
  draft: ['not approved'],
  revoked: ['approval revoked'],
  changed: ['changed after it was approved'],
  'tasks-missing': ['tasks not approved'],
  approved: [],
  unknown: [],
}

/** `Plan: Parcels · 001-parcels · not approved`. */
export function planTitle({ stream, name, approval }: PlanDiagram, dot = '·'): string {
  return [`Plan: ${shownText(name)}`, shownText(stream), ...approvalWords[approval]].join(` ${dot} `)
}

/** `Stage 01: Storage`. The last part of an id is enough: a stage and a batch are drawn around what is in them. */
export function frameTitle(level: 'Stage' | 'Batch', { id, name }: PlanDiagramPart): string {
  const head = `${level} ${id.slice(id.lastIndexOf('.') + 1)}`
  return name === '' ? head : `${head}: ${shownText(name)}`
}

/** `failed: exit`, and how many of its tasks are done where some are and some are not. */
export function threadState({ status, reason, tasks }: PlanDiagramThread, dot = '·'): string {
  const state = isOutcome(status) ? describeOutcome({ status, reason }) : statusWord(status)
  const isPartly = tasks.completed > 0 && tasks.completed < tasks.total
  return isPartly ? `${state} ${dot} ${tasks.completed}/${tasks.total} tasks` : state
}

/** A name on one line, without what neither a terminal nor an XML file can have. */
export function shownText(text: string): string {
  return oneLine(text.replaceAll(/[\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD'))
}

function isOutcome(status: PlanDiagramThread['status']): status is 'failed' | 'interrupted' {
  return status === 'failed' || status === 'interrupted'
}
