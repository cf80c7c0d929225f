import type { Target } from '../../../threads/find-task.ts'
import { observeFile } from '../../../engine/probe.ts'
import { diffOfMerged, diffSince, reviewOf, type Review } from '../../../approval/review.ts'
import { type ThreadFacts } from '../../../threads/thread.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { isUnder, parentId } from '../../../ids.ts'
import { renderReview } from '../../../ui/review.ts'
import { plainText } from '../../../text/sanitize.ts'
import { now, openStream, type CommonOptions, type StreamContext } from '../../context.ts'
import { streamFlag } from '../../hint.ts'
import { readId, withPart } from '../../ids.ts'
import { outputStyle, outputWidth, printJson, type OutputLine } from '../../output.ts'
import { printPaged } from '../../pager.ts'
import { paintDiffLine } from './plan-diff.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { advice, work } from '../../../text/hint.ts'

export interface ReviewCommandOptions extends CommonOptions {
  stage?: string
  thread?: string
  diff?: boolean
}

/** `work review`: what a stage or a thread produced; by default the stage that ran last. */
export async function review(word: string | undefined, asked: ReviewCommandOptions): Promise<void> {
  const options = withPart(word, asked, ['stage', 'thread'])
  if (options.stage !== undefined && options.thread !== undefined)
    throw bothGiven(options.stage, options.thread)
  const context = openStream(options)
  const id =
    options.thread === undefined
      ? options.stage && readId(options.stage, 'stage', options)
      : readId(options.thread, 'thread', options)
  const found = await reviewIn(context, id)
  const { changes, target } = found
  if (options.diff === true) return showDiff(context, found, options)
  if (options.json === true) {
    const threads = found.threads.map(({ last, ...thread }) => ({
      ...thread,
      sessionId: last?.sessionId ?? null,
    }))
    return printJson({ stream: context.entry.id, ...found, target, changes, threads })
  }
  const here = streamFlag(context.entry.id, context.index.read().current_stream)
  await printPaged([...renderReview(found, lookOf()), '', ...nextSteps(context, found, here)])
}

/** The lines of a review of a stage, for where the user is asked to approve it. */
export async function describeReview(context: StreamContext, stage: string): Promise<string[]> {
  return renderReview(await reviewIn(context, stage), lookOf())
}

function bothGiven(stage: string, thread: string): WorkError {
  return new WorkError(
    `A review is of a stage or of a thread, and both were given: ${stage} and ${thread}.`,
    {
      code: 'usage',
      hint: work('review', thread),
    },
  )
}

async function reviewIn(context: StreamContext, id: string | undefined): Promise<Review> {
  const { tasks, stream } = context
  const { threads } = await observeFile(tasks, stream, now)
  const target = id === undefined ? lastStage(threads) : targetOf(id, threads)
  return reviewOf(target, threads, tasks.read(), stream, inheritedEnvironment(process.env), now())
}

/** The stage that ran last. Throws a `WorkError` (`nothing-to-review`) when none has. */
function lastStage(threads: readonly ThreadFacts[]): Target & { name: string } {
  const last = threads.findLast(({ sessions }) => sessions.length > 0)
  if (last !== undefined) return { level: 'stage', id: parentId(last.id, 'stage'), name: last.stage }
  throw new WorkError('No thread has been run yet, so there is nothing to review.', {
    code: 'nothing-to-review',
    hint: work('run'),
    exitCode: exitCodes.unfinished,
  })
}

function targetOf(id: string, threads: readonly ThreadFacts[]): Target & { name: string } {
  const thread = threads.find((one) => isUnder(one.id, id))
  const level = id.includes('.') ? 'thread' : 'stage'
  if (thread !== undefined) return { level, id, name: level === 'stage' ? thread.stage : thread.name }
  throw new WorkError(`${level === 'stage' ? 'Stage' : 'Thread'} ${id} not found.`, {
    code: `${level}-not-found`,
    hint: work('tree'),
  })
}

function lookOf() {
  const width = outputWidth()
  return { style: outputStyle(), ...(width === undefined ? {} : { width }) }
}

function nextSteps(
  { entry }: StreamContext,
  { target, threads, changes }: Review,
  here: string[],
): OutputLine[] {
  const diff =
    changes.type !== 'unknown' && changes.files.length > 0
      ? [{ next: advice`${work('review', target.id, '--diff', ...here)}   shows the changes` }]
      : []
  const stage = String(Number(target.id))
  const isWaiting =
    target.level === 'stage' &&
    threads.every(({ open, status }) => open.length === 0 && status !== 'running') &&
    entry.approval?.stages?.[stage]?.status !== 'approved'
  return [
    ...diff,
    ...(isWaiting
      ? [{ next: advice`${work('approve', 'stage', stage, ...here)}   approves the stage` }]
      : []),
    ...(changes.type === 'merged' && changes.notLanded > 0
      ? [{ next: advice`${work('land', ...here)}   merges ${changes.branch} into your branch` }]
      : []),
  ]
}

async function showDiff(
  { stream, entry }: StreamContext,
  { changes, target }: Review,
  { json }: ReviewCommandOptions,
): Promise<void> {
  const env = inheritedEnvironment(process.env)
  const diff =
    changes.type === 'unknown'
      ? null
      : changes.type === 'merged'
        ? await diffOfMerged(changes.threads, stream, env)
        : await diffSince(changes.commit, stream, env)
  if (diff === null || changes.type === 'unknown') {
    const why = changes.type === 'unknown' ? changes.why : 'git failed'
    throw new WorkError(`The changes of ${target.level} ${target.id} are not known: ${why}.`, {
      code: 'no-diff',
      hint: advice`${work('review', target.id)} shows what is known.`,
      exitCode: exitCodes.unfinished,
    })
  }
  const untracked = changes.files.flatMap((file) => (file.untracked === true ? [file.path] : []))
  if (json === true) {
    const from = changes.type === 'known' ? { commit: changes.commit } : { branch: changes.branch }
    return printJson({ stream: entry.id, target, ...from, diff, untracked })
  }
  const { colors } = outputStyle()
  const lines = diff.trimEnd() === '' ? ['No tracked file has changed.'] : diff.trimEnd().split('\n')
  await printPaged([
    ...lines.map(paintDiffLine),
    ...untracked.map((path) => colors.green(plainText(`new file, not tracked by git: ${path}`))),
  ])
}
