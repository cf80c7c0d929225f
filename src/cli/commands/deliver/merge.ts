import { observeThreads } from '../../../engine/probe.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { advice, work } from '../../../text/hint.ts'
import { findRunning } from '../../../threads/leases.ts'
import { requireThread } from '../../../threads/find-thread.ts'
import { awaitsDelivery, isInDelivery, type ThreadFacts } from '../../../threads/thread.ts'
import { now, openStream, requireHuman } from '../../context.ts'
import { streamFlag } from '../../hint.ts'
import { readId } from '../../ids.ts'
import { print, printJson } from '../../output.ts'
import { mergeBranch } from './merge-branch.ts'
import { runThreads, type RunFlags } from '../run/run-threads.ts'

export interface MergeOptions extends RunFlags {
  thread?: string[]
  /** A branch of the user's that is merged into that of the workstream. */
  from?: string
}

/**
 * `work merge`: delivers the work of threads whose agents are done, again or at last; no agent runs. With
 * `--from`: merges a branch of the user's into that of the workstream, in memory. Gives the exit code.
 */
export async function merge(ids: readonly string[], options: MergeOptions): Promise<number> {
  requireHuman('merging', work('merge'))
  const context = openStream(options)
  if (options.from !== undefined) return mergeBranch(context, options.from, options)
  const { tasks, stream, entry, index } = context
  const observed = await observeThreads(tasks, stream, now)
  const running = await findRunning(stream, observed)
  const isFree = ({ id }: ThreadFacts) => running.find((one) => one.id === id)?.holder === null
  const waiting = observed.filter(
    (thread) => awaitsDelivery(thread) || (isInDelivery(thread) && isFree(thread)),
  )
  const words = [...ids, ...(options.thread ?? [])]
  const named = words.length === 0 ? undefined : words.map((text) => readId(text, 'thread', options))
  for (const id of named ?? []) requireWaiting(requireThread(observed, id), waiting)
  const chosen = waiting.filter(({ id }) => named === undefined || named.includes(id))
  if (chosen.length > 0) {
    const threads = chosen.map((thread) => ({
      id: thread.id,
      action: awaitsDelivery(thread) ? ('deliver' as const) : ('go-on' as const),
    }))
    return runThreads('merge', options, { type: 'threads', threads })
  }
  if (options.json === true) {
    printJson({ action: 'merge', stream: entry.id, threads: [] })
    return 0
  }
  const here = streamFlag(entry.id, index.read().current_stream)
  print([
    `${entry.id}: no finished work waits to be merged.`,
    advice`${work('status', ...here)} shows the threads.`,
  ])
  return 0
}

function requireWaiting(thread: ThreadFacts, waiting: readonly ThreadFacts[]): void {
  if (waiting.includes(thread)) return
  const { id, name, status, sessions, delivery } = thread
  const why =
    status === 'running'
      ? 'it is running.'
      : delivery?.merged !== undefined
        ? 'its work is merged already.'
        : sessions.at(-1)?.deliver === undefined
          ? 'it does not work in a clone of its own.'
          : 'its tasks are not done.'
  throw new WorkError(`Thread ${id} "${name}" has nothing to merge: ${why}`, {
    code: 'nothing-to-merge',
    hint: advice`${work('status')} shows the threads.`,
    exitCode: exitCodes.usage,
  })
}
