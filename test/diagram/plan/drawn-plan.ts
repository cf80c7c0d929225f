import type { PlanDiagram, PlanDiagramStage, PlanDiagramThread } from '../../../src/diagram/plan/plan.ts'
import type { ShownStatus } from '../../../src/ui/style.ts'

export const statuses: ShownStatus[] = [
  'pending',
  'running',
  'completed',
  'failed',
  'incomplete',
  'interrupted',
  'blocked',
  'cancelled',
]
export const marks = ['○', '●', '✓', '✗', '◐', '■', '✗', '■']
export const odd =
  'a "b" [c] (d) {e} <b>f</b> `g` *h* _i_ #j; #35; %%{k} \\n | 1. --> end fa:fa-l & &amp; \u{1F680} 荷物'

export function plan(fields: Partial<PlanDiagram> = {}): PlanDiagram {
  const post = thread({ name: 'Post', status: 'failed', reason: 'exit', tasks: { total: 2, completed: 1 } })
  const storage = stage(
    '01',
    [
      [thread({ name: 'Parcels', status: 'completed' })],
      [post, thread({ name: 'Courier', status: 'running' })],
    ],
    'Storage',
  )
  const screens = stage('02', [[thread({ name: 'List' })]], 'Screens')
  for (const [index, name] of ['Tables', 'Carriers'].entries())
    Object.assign(storage.batches[index] ?? {}, { name })
  Object.assign(screens.batches[0] ?? {}, { name: 'Lists' })
  return {
    chart: 'plan',
    stream: '001-parcels',
    name: 'Parcels',
    approval: 'draft',
    stages: [storage, screens],
    ...fields,
  }
}

/** A stage with these batches of threads, which get their ids by their places. */
export function stage(id: string, batches: PlanDiagramThread[][], name = 'Storage'): PlanDiagramStage {
  const made = batches.map((threads, index) => ({
    id: `${id}.0${index + 1}`,
    name: `Batch`,
    status: worst(threads),
    threads: threads.map((one, at) => ({
      ...one,
      id: `${id}.0${index + 1}.${String(at + 1).padStart(2, '0')}`,
    })),
  }))
  return { id, name, status: worst(batches.flat()), batches: made }
}

function worst(threads: PlanDiagramThread[]): ShownStatus {
  return (
    (['failed', 'running', 'pending', 'completed'] as const).find((status) =>
      threads.some((one) => one.status === status),
    ) ?? 'pending'
  )
}

export function thread(fields: Partial<PlanDiagramThread> = {}): PlanDiagramThread {
  return {
    id: '',
    name: 'Thread',
    status: 'pending',
    reason: null,
    tasks: { total: 1, completed: 0 },
    ...fields,
  }
}
