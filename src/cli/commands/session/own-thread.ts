import { threadsOf } from '../../../threads/thread.ts'
import { WorkError } from '../../../errors.ts'
import { parentId } from '../../../ids.ts'
import type { TasksFile } from '../../../store/tasks/schema.ts'
import { isAgent } from '../../context.ts'
import { advice, work, type Hint } from '../../../text/hint.ts'

/**
 * An agent reports on the thread that its session was started for, and no other: a sibling whose tasks it closed would never
 * run. Throws a `WorkError` (`not-own-thread`) otherwise; outside of a session the user may `force` it. The shells of an
 * opencode server do not say which session they belong to: from there, a thread that has not been started is refused.
 */
export function requireOwnThread(stream: string, file: TasksFile, id: string, force: boolean): void {
  const thread = parentId(id, 'thread')
  const { WORK_THREAD: own = '', WORK_STREAM: ownStream = '' } = process.env
  if (own === '') {
    if (isAgent() && !hasBegun(file, thread)) {
      throw refused(
        `Access denied: thread ${thread} has not been started, so no agent can report on it.`,
        null,
      )
    }
    return
  }
  const isOwn = thread === own && (ownStream === '' || ownStream === stream)
  if (isOwn || (force && !isAgent())) return
  const hint = isAgent()
    ? null
    : advice`${work('update', `--${id === thread ? 'thread' : 'task'}`, id, '--force')} …`
  const place = ownStream === '' || ownStream === stream ? '' : ` of ${ownStream}`
  throw refused(
    `Access denied: this session works on thread ${own}${place}, and can't report on thread ${thread}${place === '' ? '' : ` of ${stream}`}.`,
    hint,
  )
}

function hasBegun(file: TasksFile, id: string): boolean {
  const thread = threadsOf(file).find((one) => one.id === id)
  // Without such a thread the command itself says so.
  return thread === undefined || thread.status !== 'pending' || thread.sessions.length > 0
}

function refused(message: string, advised: Hint | null): WorkError {
  return new WorkError(message, {
    code: 'not-own-thread',
    hint: advised ?? 'Report only on the tasks in your prompt; leave the others to their own sessions.',
  })
}
