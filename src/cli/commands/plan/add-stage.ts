import { isDone, stagesOf, threadsOf, type ThreadFacts } from '../../../threads/thread.ts'
import { insertBatch, insertStage, requireName, requireText } from '../../../plan/edit/edit.ts'
import { fixBatch, fixStage } from '../../../plan/edit/fix-stage.ts'
import { requireStage } from '../../../plan/edit/target.ts'
import type { CommonOptions } from '../../context.ts'
import { print, printJson, type OutputLine } from '../../output.ts'
import { editPlan, previewEdit, type Added, type Change, type Choose } from './edit-plan.ts'
import { advice, work, type Hint } from '../../../text/hint.ts'

export interface AddStageOptions extends CommonOptions {
  stage: string
  name: string
  batch?: boolean
  description?: string
}

/** `work add-stage`: adds a stage that fixes another one, or with `--batch` a batch at the end of that stage. */
export async function addStage(options: AddStageOptions): Promise<void> {
  const { added, words } = await addFix(options)
  if (options.json === true) printJson(added)
  else print(words)
}

/** The same without printing, for commands that lead here: what was added, and what to say of it. */
export function addFix(options: AddStageOptions): Promise<{ added: Added; words: OutputLine[] }> {
  return editPlan('add-stage', options, chooseFix(options))
}

/** What would be added, without adding it. Throws what adding it would throw. */
export function previewFix(options: AddStageOptions): Pick<Change, 'what' | 'name'> {
  return previewEdit(options, chooseFix(options))
}

function chooseFix(options: AddStageOptions): Choose {
  const name = requireName(options.name)
  const description = requireText(options.description ?? '')
  return (text, plan, { tasks }) => {
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
    const edit = insertStage(text, added)
    const note = wayPast(threadsOf(tasks.read()))
    const change = { edit, what: 'stage', name: added.name, keepsApproval: false }
    return note === undefined ? change : { ...change, note }
  }
}

/** A fix is often wanted instead of what failed, which would be run first. */
function wayPast(threads: ThreadFacts[]): Hint | undefined {
  const open = stagesOf(threads.filter((thread) => !isDone(thread)))
  const [first] = open
  if (first === undefined) return undefined
  return advice`Unfinished: stage ${open.join(', ')}, which runs first. To skip it: ${work('approve', 'stage', Number(first), '--force')}, and then ${work('continue', '--skip')}`
}
