import { insertThread, requireName, requireText } from '../../../plan/edit/edit.ts'
import { requireBatch } from '../../../plan/edit/target.ts'
import type { CommonOptions } from '../../context.ts'
import { changePlan } from './edit-plan.ts'
import { advice, work } from '../../../text/hint.ts'

export interface AddThreadOptions extends CommonOptions {
  stage?: string
  batch: string
  name: string
  summary?: string
}

/** `work add-thread`: a thread at the end of a batch. */
export function addThread(options: AddThreadOptions): Promise<void> {
  const name = requireName(options.name)
  const summary = requireText(options.summary ?? '')
  return changePlan('add-thread', options, (text, plan) => {
    const edit = insertThread(text, requireBatch(plan, options).id, { name, summary, steps: [] })
    const note = advice`Next, describe the work: ${work('add-task', '--thread', edit.id, '--name', '…')}`
    return { edit, what: 'thread', name, note, keepsApproval: true }
  })
}
