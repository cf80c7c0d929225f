import { diffSince, reviewOf } from '../../../approval/review.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { isUnder, parentId } from '../../../ids.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { advice, work } from '../../../text/hint.ts'
import { plainText } from '../../../text/sanitize.ts'
import type { Target } from '../../../threads/find-task.ts'
import { threadsOf, type ThreadFacts } from '../../../threads/thread.ts'
import { now, type StreamContext } from '../../context.ts'
import { outputStyle, printJson } from '../../output.ts'
import { printPaged } from '../../pager.ts'
import { paintDiffLine } from '../approve/plan-diff.ts'
import { describeFiles } from './changed-files.ts'

/** `work diff` of a workstream without isolation: what has changed in the main tree since the stage began. */
export async function diffWithoutIsolation(
  { tasks, stream, entry }: StreamContext,
  id: string | undefined,
  { json, stat = false }: { json?: boolean; stat?: boolean },
): Promise<void> {
  const file = tasks.read()
  const threads = threadsOf(file)
  const env = inheritedEnvironment(process.env)
  const target = id === undefined ? firstBegun(threads) : targetOf(id, threads)
  const { changes } = await reviewOf(target, threads, file, stream, env, now())
  const diff = changes.type === 'known' ? await diffSince(changes.commit, stream, env) : null
  if (changes.type !== 'known' || diff === null)
    throw new WorkError(
      `What ${target.level} ${target.id} changed is not known: ${changes.type === 'unknown' ? changes.why : 'git failed'}.`,
      {
        code: 'no-diff',
        hint: advice`${work('review', target.id)} shows what is known.`,
        exitCode: exitCodes.unfinished,
      },
    )
  const { files, commit: from } = changes
  if (json === true) {
    const patch = stat ? {} : { patch: diff }
    const part = { thread: null, name: target.name, place: 'tree', from, to: null, files, ...patch }
    return printJson({ stream: entry.id, target: id ?? null, changes: [part], missing: [] })
  }
  const { colors } = outputStyle()
  const head = colors.bold(`The working tree since ${target.level} ${target.id} began (${from.slice(0, 7)})`)
  const untracked = files.filter((one) => one.untracked === true)
  if (stat || (diff.trimEnd() === '' && untracked.length === 0))
    return printPaged([head, ...(files.length === 0 ? ['Nothing has changed.'] : describeFiles(files))])
  await printPaged([
    head,
    ...(diff.trimEnd() === '' ? [] : diff.trimEnd().split('\n').map(paintDiffLine)),
    ...untracked.map(({ path }) => colors.green(plainText(`new file, not tracked by git: ${path}`))),
  ])
}

/** The first stage that has begun. */
function firstBegun(threads: readonly ThreadFacts[]): Target & { name: string } {
  const first = threads.find(({ sessions }) => sessions.length > 0)
  if (first !== undefined) return { level: 'stage', id: parentId(first.id, 'stage'), name: first.stage }
  throw new WorkError('No thread has been run yet, so nothing has changed.', {
    code: 'no-diff',
    hint: work('run'),
    exitCode: exitCodes.unfinished,
  })
}

function targetOf(id: string, threads: readonly ThreadFacts[]): Target & { name: string } {
  const level = id.includes('.') ? 'thread' : 'stage'
  const thread = threads.find((one) => isUnder(one.id, id))
  if (thread !== undefined) return { level, id, name: level === 'stage' ? thread.stage : thread.name }
  throw new WorkError(`${level === 'stage' ? 'Stage' : 'Thread'} ${id} not found.`, {
    code: `${level}-not-found`,
    hint: work('tree'),
  })
}
