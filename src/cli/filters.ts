import type { Target } from '../threads/find-task.ts'
import type { CommonOptions } from './context.ts'
import { readId, type ScopeOptions } from './ids.ts'

/** What was asked for, with padded ids. Throws a `WorkError` (`bad-id`) for what is no id of its level. */
export function targetsOf(options: ScopeOptions & CommonOptions): Target[] {
  return (['stage', 'batch', 'thread', 'task'] as const).flatMap((level) => {
    const text = options[level]
    return text === undefined ? [] : [{ level, id: readId(text, level, options) }]
  })
}
