import { insertStage, requireName, requireText } from '../../../plan/edit/edit.ts'
import { revisionStage } from '../../../plan/edit/fix-stage.ts'
import type { CommonOptions } from '../../context.ts'
import { changePlan } from './edit-plan.ts'

export interface RevisionOptions extends CommonOptions {
  name: string
  description?: string
}

/** `work revision`: a stage at the end of the plan, with questions to answer before it is approved. */
export function revision(options: RevisionOptions): Promise<void> {
  const stage = revisionStage(requireName(options.name), requireText(options.description ?? ''))
  return changePlan('revision', options, (text) => {
    const note = `It asks ${stage.questions.length} questions: answer and tick them ("- [x] …"), and describe the work.`
    return { edit: insertStage(text, stage), what: 'stage', name: stage.name, note, keepsApproval: false }
  })
}
