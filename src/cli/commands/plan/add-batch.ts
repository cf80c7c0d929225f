import { insertBatch, requireName, requireText } from '../../../plan/edit/edit.ts'
import { requireStage } from '../../../plan/edit/target.ts'
import type { CommonOptions } from '../../context.ts'
import { changePlan } from './edit-plan.ts'

export interface AddBatchOptions extends CommonOptions {
  stage: string
  name: string
  summary?: string
  thread?: string
}

/** `work add-batch`: a batch at the end of a stage, with the one thread that a batch needs at least. */
export function addBatch(options: AddBatchOptions): Promise<void> {
  const name = requireName(options.name)
  const summary = requireText(options.summary ?? '')
  // A prompt has the text of the thread, not of its batch: hence the summary is in both.
  const threads = [{ name: requireName(options.thread ?? options.name), summary, steps: [] }]
  return changePlan('add-batch', options, (text, plan) => {
    const edit = insertBatch(text, requireStage(plan, options).id, { name, summary, threads })
    const note = `Its first thread is ${edit.id}.01: ${threads[0]?.name ?? ''}.`
    return { edit, what: 'batch', name, note, keepsApproval: true }
  })
}
