import { findRuns } from '../../../threads/leases.ts'
import { observeThreads } from '../../../engine/probe.ts'
import { loadRunners, runnerOf } from '../../../runners/registry.ts'
import type { ThreadFacts } from '../../../threads/thread.ts'
import { assignedAgent, phaseOf, phaseSince } from '../../../threads/thread.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { renderBoard } from '../../../ui/board/board.ts'
import { createBoardStore, type BoardView, type BoardRow } from '../../../ui/board/store.ts'
import { lastLineOf } from '../../../ui/outcome.ts'
import { columnsOf, rowsOf } from '../../../ui/terminal-size.ts'
import { oneLine } from '../../../text/sanitize.ts'
import { startWatch } from '../../../ui/refresh.ts'
import { now, type StreamContext } from '../../context.ts'
import { onKeyPress } from '../../key-press.ts'
import { outputStyle } from '../../output.ts'
import { standingOf } from '../../../threads/standing.ts'

/** How a watch ended. */
export type WatchEnd = 'over' | 'interrupted'

/** Shows the board of a workstream that other processes run, until nothing of it runs any more, or Ctrl-C. */
export async function watchBoard(context: StreamContext): Promise<WatchEnd> {
  const { workspace, stream, tasks } = context
  const runners = await loadRunners()
  let isOver = false
  const lineOf = (thread: ThreadFacts) => {
    const record = thread.sessions.at(-1)
    if (record === undefined) return ''
    return runnerOf(runners, record.runner).lastLine({ record, root: workspace.root })
  }
  const draw = async () => {
    const threads = await observeThreads(tasks, stream, now)
    isOver = (await findRuns(stream)).length === 0 && threads.every(({ status }) => status !== 'running')
    const board = boardOf(stream.id, threads, lineOf)
    const size = { width: columnsOf(process.stdout), height: rowsOf(process.stdout) - 1 }
    return renderBoard(board, { ...size, now: now().getTime(), style: outputStyle(), final: isOver })
  }
  return watchUntil(draw, () => isOver)
}

/** Draws again every second, until it is over, or Ctrl-C. */
export async function watchUntil(draw: () => Promise<string[]>, isOver: () => boolean): Promise<WatchEnd> {
  const watch = startWatch({ stream: process.stdout, render: keepShowing(draw), isOver })
  let isInterrupted = false
  const signals = onKeyPress({
    SIGINT: () => {
      isInterrupted = true
      watch.stop()
    },
  })
  try {
    await watch.finished
    return isInterrupted ? 'interrupted' : 'over'
  } finally {
    signals.stop()
  }
}

/** The exit code of a run that was watched: 0 when nothing of it failed or was interrupted. */
export function codeOfThreads(threads: readonly ThreadFacts[]): number {
  const stuck = threads.filter((thread) => ['failed', 'interrupted'].includes(standingOf(thread).status))
  return stuck.length === 0 ? 0 : exitCodes.unfinished
}

function boardOf(
  title: string,
  threads: readonly ThreadFacts[],
  lineOf: (thread: ThreadFacts) => string,
): BoardView {
  const running = threads.filter(({ status }) => status === 'running')
  const starts = running
    .map(({ sessions }) => Date.parse(sessions.at(-1)?.startedAt ?? ''))
    .filter(Number.isFinite)
  const store = createBoardStore({
    title,
    startedAt: starts.length === 0 ? now().getTime() : Math.min(...starts),
    rows: threads.map((thread) => rowOf(thread, thread.status === 'running' ? lineOf(thread) : '')),
  })
  store.trigger.mode({ mode: { type: 'following' } })
  return store.getSnapshot().context
}

function rowOf(thread: ThreadFacts, line: string): BoardRow {
  const { status, reason } = standingOf(thread)
  const session = thread.sessions.at(-1)
  return {
    id: thread.id,
    name: thread.name,
    agent: session?.agentName ?? assignedAgent(thread),
    attempt: session?.attempt ?? 1,
    status: status === 'pending' ? 'waiting' : status,
    reason: reason ?? undefined,
    exitCode: session?.exitCode,
    signal: session?.signal,
    startedAt: session === undefined ? undefined : Date.parse(session.startedAt),
    endedAt: session?.completedAt === undefined ? undefined : Date.parse(session.completedAt),
    usage: session?.usage,
    phase: phaseOf(thread),
    phaseSince: phaseSince(thread),
    lastLine: oneLine(line),
    error: lastLineOf(session?.detail),
  }
}

/** What was shown last, with a line about the state file that is gone, until it is back: `git stash` takes it for a moment. */
function keepShowing(look: () => Promise<string[]>): () => Promise<string[]> {
  let last: string[] | undefined
  return async () => {
    try {
      last = await look()
      return last
    } catch (error) {
      if (last === undefined || !(error instanceof WorkError)) throw error
      return [oneLine(`${error.message} Waiting for it.`), '', ...last]
    }
  }
}
