import { basename } from 'node:path'
import { WorkError } from '../../../errors.ts'
import type { Template } from '../../../planning/templates.ts'
import { advice, work } from '../../../text/hint.ts'
import { isAgent, openRepository } from '../../context.ts'
import { canAsk } from '../../interactive.ts'
import { print } from '../../output.ts'
import { edit } from '../plan/edit.ts'
import { addStream, kebab } from '../streams/create.ts'
import { freeName } from './goal-place.ts'
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
  const title = options.name ?? basename(name, '.md')
  const free = freeName(kebab(title), repository.index.read())
  const entry = await addStream(
    repository,
    { name: options.name === undefined ? free : kebab(title), title },
    { given: text, stages: 1 },
  )
  if (options.json !== true) print([`Created workstream ${entry.id} (now current).`])
  if (canAsk(options) && !isAgent()) return edit({ ...options, stream: entry.id })
  print([{ next: work('edit') }])
  return 0
}
