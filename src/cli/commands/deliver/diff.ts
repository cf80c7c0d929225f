import { readAgents } from '../../../agents/agents-file.ts'
import {
  changesOfStream,
  changesOfThread,
  type Changes,
  type ChangesOptions,
} from '../../../engine/changes.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { isUnder } from '../../../ids.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import type { IsolationRecord } from '../../../store/tasks/schema.ts'
import { advice, work } from '../../../text/hint.ts'
import { oneLine } from '../../../text/sanitize.ts'
import { requireThread } from '../../../threads/find-thread.ts'
import { threadsOf, type ThreadFacts } from '../../../threads/thread.ts'
import { openStream, type CommonOptions, type StreamContext } from '../../context.ts'
import { readId, withPart } from '../../ids.ts'
import { outputStyle, printJson, type OutputLine } from '../../output.ts'
import { printPaged } from '../../pager.ts'
import { paintDiffLine } from '../approve/plan-diff.ts'
import { describeFiles } from './changed-files.ts'
import { diffWithoutIsolation } from './diff-without-isolation.ts'

export interface DiffOptions extends CommonOptions {
  stage?: string
  thread?: string
  stat?: boolean
}

/** `work diff`: what a thread, a stage or the whole workstream changed, also while it runs. */
export async function diff(word: string | undefined, asked: DiffOptions): Promise<void> {
  const options = withPart(word, asked, ['stage', 'thread'])
  if (options.stage !== undefined && options.thread !== undefined)
    throw new WorkError(`A diff is of a stage or of a thread, and both were given.`, {
      code: 'usage',
      hint: work('diff', options.thread),
    })
  const context = openStream(options)
  const { isolation } = context.tasks.read()
  const id =
    options.thread === undefined
      ? options.stage && readId(options.stage, 'stage', options)
      : readId(options.thread, 'thread', options)
  if (isolation?.mode !== 'clone') return diffWithoutIsolation(context, id, options)
  const { found, missing } = await changesIn(context, isolation, id, options)
  if (found.length === 0) throw noChanges(id ?? context.entry.id)
  if (options.json === true) {
    return printJson({ stream: context.entry.id, target: id ?? null, changes: found, missing })
  }
  const rest = missing.length === 0 ? [] : ['', `Not in it: ${missing.join(', ')}.`]
  await printPaged([...found.flatMap((each, at) => describe(each, options, at > 0)), ...rest])
}

/** The changes that were asked for, and the ids of threads that have none which could be shown. */
async function changesIn(
  { tasks, workspace }: StreamContext,
  isolation: IsolationRecord,
  id: string | undefined,
  { stat = false }: DiffOptions,
): Promise<{ found: Changes[]; missing: string[] }> {
  const file = tasks.read()
  const threads = threadsOf(file)
  const { clones } = await readAgents(workspace.agents)
  const env = inheritedEnvironment(process.env)
  const options: ChangesOptions = { root: workspace.root, link: clones.link, stat, env }
  if (id === undefined) {
    const whole = await changesOfStream(isolation, options)
    const missing = threads.filter(({ delivery }) => delivery?.merged === undefined).map((one) => one.id)
    return { found: whole === undefined ? [] : [whole], missing }
  }
  const found: Changes[] = []
  const missing: string[] = []
  for (const thread of withinTarget(threads, id)) {
    const changes = await changesOfThread(thread, file, options)
    if (changes === undefined) missing.push(thread.id)
    else found.push(changes)
  }
  return { found, missing }
}

function withinTarget(threads: ThreadFacts[], id: string): ThreadFacts[] {
  if (id.includes('.')) return [requireThread(threads, id)]
  const within = threads.filter((thread) => isUnder(thread.id, id))
  if (within.length > 0) return within
  throw new WorkError(`Stage ${id} not found.`, { code: 'stage-not-found', hint: work('tree') })
}

function describe(changes: Changes, { stat = false }: DiffOptions, isNext: boolean): OutputLine[] {
  const { colors } = outputStyle()
  const head = [...(isNext ? [''] : []), colors.bold(title(changes))]
  if (changes.files.length === 0) return [...head, 'Nothing has changed.']
  if (stat) return [...head, ...describeFiles(changes.files)]
  return [...head, ...(changes.patch ?? '').trimEnd().split('\n').map(paintDiffLine)]
}

function title({ thread, name, place, from, to }: Changes): string {
  const range = `${from.slice(0, 7)}..${to?.slice(0, 7) ?? ''}`
  if (thread === null) return `${oneLine(name)} (${range})`
  const where = {
    merged: `merged (${range})`,
    clone: 'its clone as it is now',
    kept: `not merged, kept (${range})`,
    branch: range,
  }[place]
  return `Thread ${thread} ${oneLine(name)}: ${where}`
}

function noChanges(what: string): WorkError {
  return new WorkError(`Nothing is known of what ${what} changed: it has not begun, or its branch is gone.`, {
    code: 'no-diff',
    hint: advice`${work('status')} shows the threads.`,
    exitCode: exitCodes.unfinished,
  })
}
