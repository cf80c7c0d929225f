import { WorkError } from '../../../errors.ts'
import type { Template } from '../../../planning/templates.ts'
import { advice, work } from '../../../text/hint.ts'
import { isAgent, openRepository } from '../../context.ts'
import { canAsk } from '../../interactive.ts'
import { print } from '../../output.ts'
import { edit } from '../plan/edit.ts'
import { addStream } from '../streams/create.ts'
import type { PlanOptions } from './options.ts'

/** A template without a goal is filled in by the user. */
export async function fillIn({ name, text }: Template, options: PlanOptions): Promise<number> {
  const repository = openRepository(options)
  if (options.stream !== undefined) {
    throw new WorkError('A template without a goal makes a workstream of its own.', {
      code: 'usage',
      hint: advice`${work('plan', '--template', name, '--name', '<name>')}, or ${work('plan', '<goal>', '--template', name, '--stream', options.stream)}`,
    })
  }
  if (options.name === undefined) {
    throw new WorkError(
      'Say what the plan is for, or name the workstream to fill the template in yourself.',
      {
        code: 'goal-missing',
        hint: advice`${work('plan', '<goal>', '--template', name)}, or ${work('plan', '--template', name, '--name', '<name>')}`,
      },
    )
  }
  const entry = await addStream(
    repository,
    { name: options.name, title: options.name },
    { given: text, stages: 1 },
  )
  if (options.json !== true) print([`Created workstream ${entry.id} (now current).`])
  if (canAsk(options) && !isAgent()) return edit({ ...options, stream: entry.id })
  print([{ next: work('edit') }])
  return 0
}
