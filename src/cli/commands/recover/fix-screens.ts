import { isUnfinished } from '../../../engine/fix-options.ts'
import { parentId } from '../../../ids.ts'
import { advice, shell, work, type Hint } from '../../../text/hint.ts'
import { attemptsOf } from '../../../threads/attempts.ts'
import { standingOf } from '../../../threads/standing.ts'
import { cloneOf } from '../../../threads/clone-view.ts'
import { threadsOf, type ThreadFacts } from '../../../threads/thread.ts'
import { whatHelps } from '../../../threads/what-helps.ts'
import { describeStop } from '../../../ui/delivery.ts'
import { renderFixTable, type FixRow } from '../../../ui/fix-table.ts'
import { renderThreadHistory } from '../../../ui/history.ts'
import { now } from '../../context.ts'
import { outputStyle, outputWidth, type OutputLine } from '../../output.ts'
import { describeAttempts } from '../run/report.ts'
import type { FixScene } from './fix-scene.ts'

/** A table of threads to choose from. */
export function describeThreads(threads: ThreadFacts[]): string[] {
  return renderFixTable(threads.map(fixRow), look())
}

/** What did not complete, among the other threads of its batches as long as these are few; and how many others there are. */
export function describeCandidates(observed: ThreadFacts[], candidates: ThreadFacts[]): string[] {
  const all = besides(observed, candidates)
  const rows = all.length > mostBesides ? all.filter(isUnfinished) : all
  const others = observed
    .filter((thread) => !rows.includes(thread))
    .map((thread) => standingOf(thread).status)
  const counts = [...new Set(others)].map(
    (status) => `${others.filter((one) => one === status).length} ${status}`,
  )
  return [
    ...describeThreads(rows),
    ...(counts.length === 0 ? [] : [`${outputStyle().glyphs.ellipsis} and ${counts.join(', ')}`]),
  ]
}

/** Of one thread all that it has been through, of several a line each: where they stopped. */
export function describeHistory(threads: ThreadFacts[], { context, here }: FixScene): OutputLine[] {
  const [thread, ...others] = threads.map((one) => ({ ...one, ...standingOf(one) }))
  if (thread === undefined) return []
  if (others.length === 0)
    return ['', ...renderThreadHistory(thread, look()), ...describeStopOf(thread, context)]
  const lasts = [thread, ...others].map((one) => {
    const last = attemptsOf(one).at(-1)
    const session = last && { ...last.session, attempt: last.number }
    return { ...one, session, stopped: one.delivery?.stopped }
  })
  const all = advice`All attempts: ${work('status', '--sessions', ...here)}`
  return ['', ...describeAttempts(context.stream, lasts), all]
}

/** Why the work of a thread was not merged or verified; empty if nothing stopped it. */
function describeStopOf(
  thread: Pick<ThreadFacts, 'id' | 'name' | 'sessions' | 'delivery'>,
  { tasks }: FixScene['context'],
): string[] {
  const names = new Map(threadsOf(tasks.read()).map(({ id, name }) => [id, name]))
  const { id, name, delivery } = thread
  const lines = describeStop({ id, name, delivery, clone: cloneOf(thread) }, names)
  return lines.length === 0 ? [] : ['', ...lines]
}

/** A line for each thing that helps. */
export function describeHelp(threads: ThreadFacts[]): Hint[] {
  const all = whatHelps(threads)
  const isOne = all.length === 1
  return all.map(({ hint, threads: ids }) =>
    isOne ? advice`What helps: ${hint}` : advice`What helps ${ids.join(', ')}: ${hint}`,
  )
}

/** How to merge the work of a thread by hand: in its clone, by plain git. */
export function describeByHand(threads: readonly ThreadFacts[], { here }: FixScene): Hint[] {
  return threads.flatMap(({ id, sessions, delivery }) => {
    const folder = sessions.at(-1)?.cwd ?? '.'
    const onto = delivery?.conflict?.onto
    const steps =
      onto === undefined
        ? [advice`In the clone of ${id}, ${folder}, correct what is wrong and commit it.`]
        : [
            advice`In the clone of ${id}: ${shell('git', '-C', folder, 'merge', onto)}`,
            advice`Resolve the conflicts there, and commit.`,
          ]
    return [...steps, advice`Then: ${work('merge', '--thread', id, ...here)}`]
  })
}

function look() {
  const width = outputWidth()
  return { style: outputStyle(), now: now().getTime(), ...(width === undefined ? {} : { width }) }
}

/** Rows of a table that has completed threads too. */
const mostBesides = 12

/** The candidates among those of their batches that have been run: what is done beside them helps to see what is not. */
function besides(observed: ThreadFacts[], candidates: ThreadFacts[]): ThreadFacts[] {
  const batches = new Set(candidates.map(({ id }) => parentId(id, 'batch')))
  return observed.filter(
    (thread) =>
      isUnfinished(thread) ||
      (batches.has(parentId(thread.id, 'batch')) && standingOf(thread).status !== 'pending'),
  )
}

function fixRow(thread: ThreadFacts): FixRow {
  const last = thread.sessions.at(-1)
  return {
    id: thread.id,
    name: thread.name,
    ...standingOf(thread),
    exitCode: last?.exitCode,
    signal: last?.signal,
    sessionCount: thread.sessions.length,
    agent: last?.agentName,
    at: last?.completedAt ?? last?.startedAt,
  }
}
