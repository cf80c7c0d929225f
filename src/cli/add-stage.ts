import { insertBatch, insertStage, requireName, requireText } from '../plan/edit.ts'
import { fixBatch, fixStage } from '../plan/edit-fix.ts'
import { requireStage } from '../plan/edit-target.ts'
import type { CommonOptions } from './context.ts'
import { changePlan } from './plan-edit.ts'

export interface AddStageOptions extends CommonOptions {
  stage: string
  name: string
  batch?: boolean
  description?: string
}

/** `work add-stage`: a stage that mends what another left behind, or with `--batch` a batch at the end of that one. */
export function addStage(options: AddStageOptions): Promise<void> {
  const name = requireName(options.name)
  const description = requireText(options.description ?? '')
  return changePlan('add-stage', options, (text, plan) => {
    const stage = requireStage(plan, { stage: options.stage })
    if (options.batch === true) {
      const batch = fixBatch(stage.id, name, description)
      return {
        edit: insertBatch(text, stage.id, batch),
        what: 'batch',
        name: batch.name,
        keepsApproval: true,
      }
    }
    const added = fixStage(stage.id, name, description)
    return { edit: insertStage(text, added), what: 'stage', name: added.name, keepsApproval: false }
  })
}
