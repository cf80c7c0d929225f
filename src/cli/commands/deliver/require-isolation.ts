import { WorkError } from '../../../errors.ts'
import type { IsolationRecord } from '../../../store/tasks/schema.ts'
import { advice, work } from '../../../text/hint.ts'
import type { StreamContext } from '../../context.ts'

/**
 * How a workstream is isolated, for commands that need a branch of its own. Throws a `WorkError` (`not-isolated`) for one
 * whose threads work in the main tree, or that has not begun.
 */
export function isolationIn({ tasks, entry }: Pick<StreamContext, 'tasks' | 'entry'>): IsolationRecord {
  const { isolation } = tasks.read()
  if (isolation?.mode === 'clone') return isolation
  throw new WorkError(
    `${entry.id} has no branch of its own: its threads work in the main tree, or none has started yet.`,
    {
      code: 'not-isolated',
      hint: advice`Set \`isolation: clone\` in work/agents.yaml before the first ${work('run')} of a workstream.`,
    },
  )
}
