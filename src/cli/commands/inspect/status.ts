import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { tasksWithin } from '../../../threads/find-task.ts'
import { nextStepOf, type NextStep } from '../../../approval/next-step.ts'
import { observeFile, observeThreads } from '../../../engine/probe.ts'
import { findRuns } from '../../../threads/leases.ts'
import { lookAtPlan, type PlanLook } from '../../../approval/changes/inspect.ts'
import type { CloneLook } from '../../../threads/clone-view.ts'
import type { ThreadFacts } from '../../../threads/thread.ts'
import { needsAgents, viewStream, type StreamView } from '../../../threads/status.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { readRestartWorld } from '../../../engine/run-context.ts'
import type { StreamEntry } from '../../../store/index/index-file.ts'
import { renderStatus } from '../../../ui/status.ts'
import { plainText } from '../../../text/sanitize.ts'
import type { IsolationRecord } from '../../../store/tasks/schema.ts'
import { planningPaths } from '../../../paths.ts'
import { warnOfDamage } from './integrity-warnings.ts'
import {
  isAgent,
  namedStream,
  now,
  openEntry,
  openRepository,
  openStream,
  type CommonOptions,
  type RepositoryContext,
  type StreamContext,
} from '../../context.ts'
import { withPart, type ScopeOptions } from '../../ids.ts'
import { describeNextStep } from '../../next-step.ts'
import { dataLines, outputStyle, outputWidth, print, printJson, say, type OutputLine } from '../../output.ts'
import { printPaged } from '../../pager.ts'
import { targetsOf } from '../../filters.ts'
import { advice, work } from '../../../text/hint.ts'

export interface StatusOptions extends CommonOptions, Pick<ScopeOptions, 'stage' | 'thread' | 'batch'> {
  failed?: boolean
  sessions?: boolean
  /** Measure the clones: how much is changed in them, and their size. */
  clones?: boolean
  watch?: boolean
  /** With `watch`: exits as the run did. */
  exitStatus?: boolean
}

/** A workstream as it is shown, and the lines about the next step. */
interface Look {
  view: StreamView
  next: OutputLine[]
}

/** `work status`: how far a workstream is, thread by thread; all of them when none is named or current. */
export async function status(word: string | undefined, asked: StatusOptions): Promise<number> {
  const options = withPart(word, asked, ['stage', 'batch', 'thread'])
  if (options.watch === true) return watchStatus(options)
  const looks = await lookAtStreams(options, (warning) => say(warning))
  if (options.json === true) printJson({ streams: looks.map(({ view }) => view) })
  else if (looks.length > 0) await printPaged(render(looks))
  else say('There is no workstream yet.', { next: work('create', '<name>') })
  return 0
}

/** Shows it again every second, until nothing runs any more, or Ctrl-C. One whole workstream is shown as its board. */
async function watchStatus(options: StatusOptions): Promise<number> {
  if (options.json === true || !process.stdout.isTTY) {
    throw new WorkError('--watch needs a terminal.', {
      code: 'usage',
      hint: advice`${work('status')}, or ${work('status', '--json')} in a loop`,
    })
  }
  const { watchBoard, watchUntil, codeOfThreads } = await import('./watch-status.ts')
  const repository = openRepository(options)
  const watched = chooseStreams(repository, options).map((entry) => openEntry(repository, entry))
  const observe = () => Promise.all(watched.map(({ tasks, stream }) => observeThreads(tasks, stream, now)))
  const [only, ...others] = watched
  const isWhole = ![
    options.stage,
    options.batch,
    options.thread,
    options.failed,
    options.sessions,
    options.clones,
  ].some(Boolean)
  let isOver = false
  const draw = async () => {
    const runs = await Promise.all(watched.map(({ stream }) => findRuns(stream)))
    isOver =
      runs.flat().length === 0 && (await observe()).flat().every(({ status: one }) => one !== 'running')
    return dataLines(render(await lookAtStreams(options, () => undefined)))
  }
  const end =
    only !== undefined && others.length === 0 && isWhole
      ? await watchBoard(only)
      : await watchUntil(draw, () => isOver)
  if (end === 'interrupted') return exitCodes.interrupted
  const looks = await lookAtStreams(options, () => undefined)
  print(isWhole ? ['', ...looks.flatMap(({ next }) => next)] : [])
  return options.exitStatus === true ? codeOfThreads((await observe()).flat()) : 0
}

/** The workstreams as they are now, including sessions that ended since they were last recorded. */
export async function lookAtStreams(
  options: StatusOptions,
  warn: (warning: OutputLine) => void,
): Promise<Look[]> {
  const repository = openRepository(options)
  const targets = targetsOf(options)
  const index = repository.index.read()
  const found: {
    entry: StreamEntry
    threads: ThreadFacts[]
    plan: PlanLook | undefined
    clones: CloneLook | undefined
    next: OutputLine[]
  }[] = []
  for (const entry of chooseStreams(repository, options)) {
    const context = openEntry(repository, entry)
    const { tasks, stream } = context
    const observed = await observeFile(tasks, stream, now)
    const { threads } = observed
    warnOfDamage({ tasks, stream }, threads, warn)
    tasksWithin(
      threads.flatMap((thread) => thread.tasks),
      targets,
    )
    const plan = await orWarn(
      lookAtPlan(entry, stream, observed),
      'whether PLAN.md has what is recorded',
      warn,
    )
    const { isolation } = observed
    const next = await describeNext({ context, threads, plan, isolation }, index.current_stream, warn)
    const clones = await lookAtClones(repository.workspace.root, observed, options.clones === true)
    found.push({ entry, threads, plan, clones, next })
  }
  const needed = found.some(({ threads }) => needsAgents(threads))
  const restart = needed
    ? await orWarn(readRestartWorld(repository.workspace), 'which sessions can be resumed', warn)
    : undefined
  const view = {
    restart,
    sessions: options.sessions === true,
    choice: { within: targets.map(({ id }) => id), failed: options.failed === true },
  }
  return found.map(({ entry, threads, plan, clones, next }) => ({
    view: viewStream(entry, threads, { ...view, plan, clones }),
    next: [...describeLook(plan), ...next],
  }))
}

/** What is found of the clones of a workstream; git is called only where they are measured. */
async function lookAtClones(
  root: string,
  { isolation, threads }: Pick<Awaited<ReturnType<typeof observeFile>>, 'isolation' | 'threads'>,
  isMeasured: boolean,
): Promise<CloneLook | undefined> {
  if (isolation === undefined || isolation.mode === 'none') return undefined
  const exists = (folder: string) => existsSync(join(root, folder))
  if (!isMeasured) return { isolation, exists }
  const { measureClones } = await import('./measure-clones.ts')
  return { isolation, exists, measured: await measureClones(root, threads, process.env) }
}

/** How the plan differs from what is recorded. An agent has its task, and can't change that. */
function describeLook(plan: PlanLook | undefined): string[] {
  if (isAgent() || plan === undefined || plan.differences.length === 0) return []
  return ['PLAN.md and what is recorded:', ...plan.differences.map(plainText), '']
}

/** What the user can do next. An agent has its task, and threads without a PLAN.md can't be run. */
async function describeNext(
  {
    context,
    threads,
    plan,
    isolation,
  }: {
    context: StreamContext
    threads: ThreadFacts[]
    plan: PlanLook | undefined
    isolation: IsolationRecord | undefined
  },
  current: string | undefined,
  warn: (warning: OutputLine) => void,
): Promise<OutputLine[]> {
  const { entry, stream } = context
  if (isAgent() || (threads.length > 0 && !existsSync(stream.plan))) return []
  const isRunning = threads.some((thread) => thread.status === 'running')
  const planning = isRunning
    ? undefined
    : await orWarn(planningStepOf(context), 'how far the planning is', warn)
  const next =
    planning ?? (await orWarn(nextStepOf(entry, stream, threads, plan, isolation), 'what is next', warn))
  return next === undefined ? [] : describeNextStep(next, entry.id === current ? undefined : entry.id)
}

/** What the planning waits for, where an agent has planned: all that takes is only loaded then. */
async function planningStepOf(context: StreamContext): Promise<NextStep | undefined> {
  if (!existsSync(planningPaths(context.workspace, context.entry.id).tasks)) return undefined
  return (await import('../planning/planning-step.ts')).planningStep(context)
}

/** Ids are those of one workstream, so it has to be known which. */
function chooseStreams(repository: RepositoryContext, options: StatusOptions): StreamEntry[] {
  const { stream, stage, thread, batch } = options
  if ([stream, stage, thread, batch].some((named) => named !== undefined)) return [openStream(options).entry]
  const index = repository.index.read()
  const named = namedStream(index, options)
  if (named !== undefined) return [named]
  return index.streams.filter(({ archived_at }) => archived_at === undefined)
}

/** What another file says; when that can't be read, all else is shown, with a warning about what is not known. */
async function orWarn<T>(
  told: Promise<T>,
  what: string,
  warn: (warning: OutputLine) => void,
): Promise<T | undefined> {
  try {
    return await told
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    warn(plainText(`Warning: ${error.message} Not shown: ${what}.`))
    return undefined
  }
}

/** How workstreams are drawn on standard output. */
export function statusOptions() {
  return { style: outputStyle(), now: now().getTime(), width: outputWidth() ?? Infinity }
}

/** Where only some of the threads are asked for, nobody asks what is next. */
function render(looks: Look[]): OutputLine[] {
  const options = statusOptions()
  return looks.flatMap(({ view, next }, index) => [
    ...(index === 0 ? [] : ['']),
    ...renderStatus([view], options),
    ...(view.threads.length < view.threadCount || next.length === 0 ? [] : ['', ...next]),
  ])
}
