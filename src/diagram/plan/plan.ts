import type { ShownStatus } from '../../ui/style.ts'

/** The plan of a workstream with the state of each part: what `--format json` prints, and what its pictures are drawn from. */
export interface PlanDiagram {
  chart: 'plan'
  /** The id of the workstream. */
  stream: string
  name: string
  approval: PlanDiagramApproval
  /** They run one after the other. */
  stages: PlanDiagramStage[]
}

/** `tasks-missing` is an approved plan whose tasks are not approved; `unknown` is a workstream without PLAN.md. */
export type PlanDiagramApproval = 'draft' | 'revoked' | 'changed' | 'tasks-missing' | 'approved' | 'unknown'

export interface PlanDiagramStage extends PlanDiagramPart {
  /** They run one after the other. */
  batches: PlanDiagramBatch[]
}

export interface PlanDiagramBatch extends PlanDiagramPart {
  /** They run at the same time. */
  threads: PlanDiagramThread[]
}

export interface PlanDiagramThread extends PlanDiagramPart {
  /** Why the thread failed or was interrupted; null where it was not. */
  reason: string | null
  tasks: { total: number; completed: number }
}

export interface PlanDiagramPart {
  id: string
  name: string
  status: ShownStatus
}
