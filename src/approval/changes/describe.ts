import type { Difference } from '../../plan/compare/compare.ts'
import type { PlacedThread } from '../../plan/plan.ts'
import { counted } from '../../text/plural.ts'

/** Differences as in a diff: unchanged threads are counted; every other has a line with its place in PLAN.md. */
export function describeDifferences(differences: readonly Difference[]): string[] {
  const kept = differences.filter(({ kind }) => kind === 'kept').length
  return [
    ...(kept === 0 ? [] : [`  ${counted(kept, 'thread')} kept`]),
    ...differences.filter(({ kind }) => kind !== 'kept').flatMap(describeDifference),
  ]
}

/** One difference in one line, with the flags that answer it while it is open. */
function describeDifference(difference: Difference): string[] {
  switch (difference.kind) {
    case 'kept':
      return []
    case 'renamed':
      return [`~ ${placed(difference.planned)}: renamed, was "${difference.recorded.name}"`]
    case 'moved': {
      const { planned, recorded, isOpen } = difference
      const name = planned.thread.name === recorded.name ? '' : ` "${recorded.name}"`
      const stage = planned.stage.name === recorded.stage ? '' : `, stage "${recorded.stage}"`
      return [`> ${placed(planned)}: moved, was ${recorded.id}${name}${stage}${ask(isOpen, '--renumber')}`]
    }
    case 'edited': {
      const { planned, recorded, gone } = difference
      const from = planned.thread.id === recorded.id ? '' : ` (was ${recorded.id})`
      return [
        `~ ${placed(planned)}${from}: same name, other steps; no longer in the plan: ${gone.map((step) => `"${step}"`).join(', ')}`,
        `    the same thread: ${renamedFlag(recorded.id, planned)} · another one: --new ${planned.thread.id}`,
      ]
    }
    case 'changed': {
      const { planned, recorded, isOpen } = difference
      if (!isOpen) return [`+ ${placed(planned)}: new, replaces "${recorded.name}", which never ran`]
      return [
        `~ ${placed(planned)}: was "${recorded.name}"`,
        `    the same thread, renamed: --renamed ${recorded.id} · a new thread: --new ${recorded.id}`,
      ]
    }
    case 'unsure': {
      const { recorded, candidates, isOpen } = difference
      if (!isOpen) return [`- ${recorded.id} "${recorded.name}": replaced, never ran`]
      const flags = candidates.map((one) => renamedFlag(recorded.id, one)).join(' · ')
      return [
        `? ${recorded.id} "${recorded.name}" could be ${candidates.map(placed).join(' or ')}`,
        `    one of these: ${flags} · none: --drop ${recorded.id}`,
      ]
    }
    case 'removed': {
      const { id, name, line } = difference.recorded
      const was = line === undefined ? '' : `, was on line ${line}`
      const other = difference.isTaken
        ? " (it can't be kept: another thread has its number)"
        : ` · keep it: --keep ${id}`
      return [`- ${id} "${name}": not in PLAN.md${was}`, `    set it aside: --drop ${id}${other}`]
    }
    case 'dropped':
      return [`- ${difference.recorded.id} "${difference.recorded.name}": set aside`]
    case 'left':
      return [`  ${difference.recorded.id} "${difference.recorded.name}": kept, although not in PLAN.md`]
    case 'new':
      return [`+ ${placed(difference.planned)}: new`]
  }
}

/** Flags that answer all open questions. A thread with another name counts as new, so that no work is skipped. */
export function suggestAnswers(differences: readonly Difference[]): string[] {
  const open = differences.filter(({ isOpen }) => isOpen)
  const fresh = open.flatMap((one) => (one.kind === 'changed' ? [one.recorded.id] : []))
  const same = open.flatMap((one) => (one.kind === 'edited' ? [renamed(one.recorded.id, one.planned)] : []))
  const gone = open.flatMap((one) =>
    one.kind === 'removed' || one.kind === 'unsure' ? [one.recorded.id] : [],
  )
  const isMoved = open.some(({ kind }) => kind === 'moved')
  return [
    ...(isMoved ? ['--renumber'] : []),
    ...(same.length > 0 ? ['--renamed', ...same] : []),
    ...(fresh.length > 0 ? ['--new', ...fresh] : []),
    ...(gone.length > 0 ? ['--drop', ...gone] : []),
  ]
}

/** Whether the records match the current plan; threads may only lack tasks. */
export function isSettled(differences: readonly Difference[]): boolean {
  return differences.every(({ kind }) => kind === 'kept' || kind === 'new' || kind === 'left')
}

/** A difference for scripts. */
export function factsOf(difference: Difference): Record<string, unknown>[] {
  const { kind, isOpen } = difference
  if (kind === 'kept') return []
  const recorded = 'recorded' in difference ? difference.recorded : undefined
  const planned = 'planned' in difference ? difference.planned.thread : undefined
  return [
    {
      kind,
      open: isOpen,
      recorded: recorded === undefined ? null : { id: recorded.id, name: recorded.name },
      planned: planned === undefined ? null : { id: planned.id, name: planned.name, line: planned.line },
      ...('gone' in difference && difference.gone.length > 0 ? { gone: difference.gone } : {}),
    },
  ]
}

/** `01.01.02 "beta" (PLAN.md:21)` */
export function placed({ thread: { id, name, line } }: PlacedThread): string {
  return `${id} "${name}" (PLAN.md:${line})`
}

function ask(isOpen: boolean, flag: string): string {
  return isOpen ? `; keep its history: ${flag}` : ''
}

function renamedFlag(id: string, planned: PlacedThread): string {
  return `--renamed ${renamed(id, planned)}`
}

function renamed(id: string, { thread }: PlacedThread): string {
  return thread.id === id ? id : `${id}=${thread.id}`
}
