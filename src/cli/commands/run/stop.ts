import { existsSync } from 'node:fs'
import { counted } from '../../../text/plural.ts'
import { planningName, planningThreadId } from '../../../planning/state.ts'
import { findRuns } from '../../../threads/leases.ts'
import { observeThreads } from '../../../engine/probe.ts'
import { carryOutStop, planStop, type StopPlan } from '../../../engine/stop.ts'
import type { ThreadFacts } from '../../../threads/thread.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { parsePlan } from '../../../plan/parse/parse.ts'
import { describeOutcome } from '../../../ui/outcome.ts'
import { pause } from '../../../ui/pause.ts'
import { oneLine } from '../../../text/sanitize.ts'
import {
  now,
  openStream,
  readPlanText,
  requireHuman,
  type CommonOptions,
  type StreamContext,
} from '../../context.ts'
import { streamFlag } from '../../hint.ts'
import { onKeyPress } from '../../key-press.ts'
import { print, printJson, say, type OutputLine } from '../../output.ts'
import { closeWorld, openWorldOf } from './run-threads.ts'
import { readId } from '../../ids.ts'
import { stopNoticeDelay } from '../../waits.ts'
import { asStream, openPlanningOf } from '../planning/planning-context.ts'
import { advice, work } from '../../../text/hint.ts'

export interface StopCommandOptions extends CommonOptions {
  thread?: string[]
  now?: boolean
  server?: string
}

/** `work stop`: stops running threads, or the whole run, from any terminal. */
export async function stop(ids: readonly string[], options: StopCommandOptions): Promise<number> {
  requireHuman('stopping threads', work('stop', ...ids))
  const words = [...ids, ...(options.thread ?? [])]
  const { context, named } = await chooseStopped(words, options)
  const observe = () => observeThreads(context.tasks, context.stream, now)
  const wanted = named.length === 0 ? undefined : named
  const first = await planStop(context.stream, await observe(), wanted)
  const isIdle = first.requests.length === 0 && first.unsupervised.length === 0
  const { plan, isStopped } = isIdle
    ? { plan: first, isStopped: true }
    : await wait(context, first, { observe, ids: wanted }, options)
  const threads = await observe()
  if (options.json === true) printJson(asJson(context, plan, threads))
  else if (isIdle) print([`Nothing is running in ${context.entry.id}.`])
  else print(describe(context, plan, threads))
  if (!isStopped) return exitCodes.interrupted
  return isIdle || stillRunning(plan, threads).length === 0 ? 0 : exitCodes.unfinished
}

/**
 * What is meant by these words: threads, or the session that plans. Without words it is whatever runs in the workstream,
 * and that is one of both: a plan that is being drafted has no threads, or they wait for its approval.
 */
async function chooseStopped(
  words: readonly string[],
  options: StopCommandOptions,
): Promise<{ context: StreamContext; named: string[] }> {
  const context = openStream(options)
  if (words.length === 1 && words[0] === planningName) {
    const planning = asStream(openPlanningOf(context))
    if (await isRunning(planning)) return { context: planning, named: [planningThreadId] }
    throw new WorkError(`No agent is planning ${context.entry.id}.`, {
      code: 'thread-not-running',
      hint: advice`${work('status')} shows what is running.`,
    })
  }
  const named = words.map((word) => readId(word, 'thread', options))
  if (named.length > 0 || (await isRunning(context))) return { context, named }
  const planning = asStream(openPlanningOf(context))
  return { context: (await isRunning(planning)) ? planning : context, named }
}

async function isRunning({ tasks, stream }: StreamContext): Promise<boolean> {
  const threads = await observeThreads(tasks, stream, now)
  return threads.some(({ status }) => status === 'running') || (await findRuns(stream)).length > 0
}

/** Waits for the end of what is stopped, or for Ctrl-C: then it is not stopped. Resolves with what was meant. */
async function wait(
  context: StreamContext,
  first: StopPlan,
  what: { observe: () => Promise<ThreadFacts[]>; ids: readonly string[] | undefined },
  options: StopCommandOptions,
): Promise<{ plan: StopPlan; isStopped: boolean }> {
  const interrupt = new AbortController()
  const signals = onKeyPress({ SIGINT: () => interrupt.abort(), SIGTERM: () => interrupt.abort() })
  const teller = setTimeout(() => {
    const hint = options.now === true ? '' : advice` ${work('stop', '--now')} ends sessions immediately.`
    say(advice`Waiting for ${counted(first.running.length, 'session')} to end.${hint}`)
  }, stopNoticeDelay)
  const opened = once(() => openWorldOf(context, planOf(context), options))
  try {
    const plan = await carryOutStop(context.stream, first, what, opened.get, {
      force: options.now === true,
      from: { pid: process.pid, command: ['work', ...process.argv.slice(2)].join(' ') },
      signal: interrupt.signal,
      pause,
    })
    return { plan, isStopped: !interrupt.signal.aborted }
  } finally {
    clearTimeout(teller)
    signals.stop()
    const world = await opened.made()
    if (world !== undefined) await closeWorld(world)
  }
}

/** A value that is made when it is first asked for. */
function once<T>(make: () => Promise<T>): { get: () => Promise<T>; made: () => Promise<T | undefined> } {
  let value: Promise<T> | undefined
  return {
    get: () => (value ??= make()),
    made: async () => {
      try {
        return await value
      } catch (error) {
        // Who asked for it has the error.
        if (error instanceof WorkError) return undefined
        throw error
      }
    },
  }
}

/** What is in PLAN.md, approved or not: sessions that end read no prompt. */
function planOf(context: StreamContext) {
  return parsePlan(existsSync(context.stream.plan) ? readPlanText(context) : '').plan
}

function stillRunning({ running }: StopPlan, threads: readonly ThreadFacts[]): ThreadFacts[] {
  return threads.filter(({ id, status }) => running.includes(id) && status === 'running')
}

function describe(context: StreamContext, plan: StopPlan, threads: readonly ThreadFacts[]): OutputLine[] {
  const here = streamFlag(context.entry.id, context.index.read().current_stream)
  const isPlanning = threads.some(({ id }) => id === planningThreadId)
  const lines = threads.flatMap(({ id, name, status, sessions }) => {
    const session = sessions.at(-1)
    if (plan.running.includes(id)) {
      return [
        `  ${isPlanning ? planningName : id} ${oneLine(name)}: ${describeOutcome({ ...session, status, reason: session?.reason })}`,
      ]
    }
    return plan.waiting.includes(id) ? [`  ${id} ${oneLine(name)}: not started`] : []
  })
  const left = stillRunning(plan, threads).length
  const others = threads.filter(({ status }) => status === 'running').length - left
  return [
    ...(lines.length === 0
      ? ['Stopped.']
      : [left === 0 ? 'Stopped:' : `${counted(left, 'thread')} still running:`, ...lines]),
    ...(others === 0 ? [] : [`${counted(others, 'other thread')} still running.`]),
    left + others === 0 && isPlanning
      ? { next: advice`${work('plan', ...here)}   to continue` }
      : left + others === 0
        ? { next: advice`${work('continue', ...here)}   to pick up where it left off` }
        : { next: advice`${work('status', '--watch', ...here)}   to see what is running` },
  ]
}

function asJson({ entry }: StreamContext, plan: StopPlan, threads: readonly ThreadFacts[]) {
  const asked = threads.filter(({ id }) => plan.running.includes(id) || plan.waiting.includes(id))
  return {
    action: 'stop',
    stream: entry.id,
    processes: plan.requests.map(({ to }) => to.pid),
    threads: asked.map(({ id, status, sessions }) => ({
      id: id === planningThreadId ? planningName : id,
      status,
      reason: sessions.at(-1)?.reason ?? null,
      sessionId: sessions.at(-1)?.sessionId ?? null,
    })),
  }
}
