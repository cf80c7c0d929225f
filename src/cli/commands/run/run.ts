import { WorkError } from '../../../errors.ts'
import { levels, normalizeId } from '../../../ids.ts'
import { isStuck, isUnfinished } from '../../../engine/fix-options.ts'
import { observeThreads } from '../../../engine/probe.ts'
import type { Selection } from '../../../threads/selection.ts'
import { isUnder } from '../../../ids.ts'
import { now, openStream } from '../../context.ts'
import { runGuided, type GuidedOptions, type GuidedScope } from './guided-run.ts'
import { runThreads } from './run-threads.ts'
import { readId } from '../../ids.ts'
import { advice, work } from '../../../text/hint.ts'

export interface RunCommandOptions extends GuidedOptions {
  stage?: string
  batch?: string
  thread?: string[]
  agent?: string
  retryFailed?: boolean
  skipFailed?: boolean
  force?: boolean
}

/** What part of a workstream was named. */
interface Named {
  /** Stages and batches. */
  parts: string[]
  threads: string[]
}

/** `work run`: what is next, batch after batch, or only the stages, batches or threads that were named. */
export async function run(ids: readonly string[], options: RunCommandOptions): Promise<number> {
  const named = readNamed(ids, options)
  const { agent, force } = options
  if (agent !== undefined && named.threads.length === 0) {
    throw new WorkError('--agent goes with threads.', {
      code: 'usage',
      hint: work('run', '--thread', '01.01.02', '--agent', '<name>'),
    })
  }
  const within = named.parts.length === 0 ? undefined : named.parts
  const scope: GuidedScope = {
    action: 'run',
    asksAbout: 'failed',
    way: options.retryFailed === true ? 'retry' : options.skipFailed === true ? 'skip' : null,
    select: (without): Selection =>
      named.threads.length > 0
        ? { type: 'threads', threads: named.threads.map((id) => ({ id, action: 'go-on', agent })) }
        : { type: 'continue', without, within, force },
    within,
    isNamed: named.threads.length > 0,
  }
  if (options.dryRun !== true) return runGuided(options, scope)
  const without = scope.way === 'retry' || scope.isNamed === true ? [] : await findFailed(options, within)
  return runThreads('run', options, scope.select(without))
}

/** The failed threads that a run leaves as they are unless the user says otherwise. */
async function findFailed(
  options: RunCommandOptions,
  within: readonly string[] | undefined,
): Promise<string[]> {
  const { tasks, stream } = openStream(options)
  const threads = await observeThreads(tasks, stream, now)
  return threads
    .filter((thread) => isUnfinished(thread) && isStuck(thread, now()))
    .filter(({ id }) => within === undefined || within.some((part) => isUnder(id, part)))
    .map(({ id }) => id)
}

/** Ids are named by their place, or by flags; a number is a stage, two are a batch, three a thread. */
function readNamed(ids: readonly string[], options: RunCommandOptions): Named {
  const { stage, batch, thread = [] } = options
  const parts = [
    ...(stage === undefined ? [] : [readId(stage, 'stage', options)]),
    ...(batch === undefined ? [] : [readId(batch, 'batch', options)]),
  ]
  const threads = thread.map((id) => readId(id, 'thread', options))
  for (const text of ids) {
    const level = levels.slice(0, 3).find((one) => normalizeId(text, one) !== undefined) ?? 'thread'
    ;(level === 'thread' ? threads : parts).push(readId(text, level, options))
  }
  if (parts.length === 0 || threads.length === 0) return { parts, threads }
  throw new WorkError('Specify threads, or stages and batches, but not both.', {
    code: 'usage',
    hint: advice`${work('run', '1.2')} runs batch 01.02; ${work('run', '1.2.3')} runs thread 01.02.03.`,
  })
}
