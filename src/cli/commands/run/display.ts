import type { ThreadView } from '../../../engine/thread-actor.ts'
import type { SessionRecord } from '../../../../machines/session.ts'
import { type Run, type RunWatcher, type RunWorld } from '../../../engine/run-context.ts'
import { runnerOf, definitionsOf } from '../../../runners/registry.ts'
import type { RunPlan } from '../../../engine/run-plan.ts'
import { counted } from '../../../text/plural.ts'
import type { WorkError } from '../../../errors.ts'
import { createBoardStore, type BoardRow } from '../../../ui/board/store.ts'
import { startLive } from '../../../ui/board/live.ts'
import { lastLineOf } from '../../../ui/outcome.ts'
import { startPlain } from '../../../ui/board/plain.ts'
import { plainText } from '../../../text/sanitize.ts'
import { listenToBoard, type BoardKeys } from './board-keys.ts'
import { now, type CommonOptions } from '../../context.ts'
import { isQuiet, outputStyle, say } from '../../output.ts'
import { reportError } from '../../report-error.ts'

/** Shows a run while it is running. */
export interface RunView extends RunWatcher {
  /** Shows a message about the run as a whole. */
  say: (text: string) => void
  /** Reads keys, where there is a board and somebody to press them. */
  listen: (run: Run) => BoardKeys
  stop: () => void
}

/**
 * A live board on a terminal; in a pipe, and between the lines of `--verbose`, plain lines, one per change; beside JSON
 * those lines on standard error.
 */
export function showRun(
  { stream, runners }: Pick<RunWorld, 'stream' | 'runners'>,
  { json: asJson, verbose }: CommonOptions,
): RunView {
  const title = stream.id
  const sessions = new Map<string, SessionRecord>()
  let isBoard = false
  let store: ReturnType<typeof createBoardStore> | undefined
  let display: { stop: () => void } | undefined
  const left: WorkError[] = []

  return {
    planned: (plan) => {
      const rows = rowsOf(plan)
      store = createBoardStore({ title, startedAt: clock(), parallel: plan.parallel, rows })
      isBoard =
        asJson !== true &&
        verbose !== true &&
        !isQuiet() &&
        process.env['TERM'] !== 'dumb' &&
        process.stdout.isTTY
      const words = asJson === true ? process.stderr : process.stdout
      display = isBoard
        ? startLive({ stream: process.stdout, store, now: clock, style: outputStyle() })
        : startPlain({ store, now: clock, write: (line) => void (isQuiet() || words.write(`${line}\n`)) })
      const adopted = rows.filter((row) => row.status === 'running').map((row) => row.id)
      if (adopted.length > 0) {
        store.trigger.message({
          text: `Picked up ${counted(adopted.length, 'session')} from an earlier run: ${adopted.join(', ')}`,
        })
      }
    },
    warned: (warning) => say(plainText(`Warning: ${warning}`)),
    changed: (view) => {
      if (view.session !== undefined) sessions.set(view.id, view.session)
      const before = store?.getSnapshot().context.rows[view.id]
      const phaseSince = before?.phase === view.phase ? before?.phaseSince : clock()
      store?.trigger.rowChanged({ id: view.id, change: { ...rowChange(view), phaseSince } })
    },
    output: (id, { line, usage }) => {
      store?.trigger.output({ id, line })
      if (usage !== undefined) store?.trigger.rowChanged({ id, change: { usage } })
    },
    left: (id, error) => {
      left.push(error)
      store?.trigger.message({ text: `${id} could not be stopped.` })
    },
    waits: (why) =>
      store?.trigger.message({ text: why === undefined ? undefined : `${why.message} Waiting for it.` }),
    stopRequested: ({ from, threads }) =>
      store?.trigger.message({
        text: `Stopping ${threads?.join(', ') ?? 'the run'}: process ${from.pid} asked for it (${from.command}).`,
      }),
    dropped: (ids) => {
      for (const id of ids) store?.trigger.rowChanged({ id, change: { status: 'pending' } })
      store?.trigger.message({ text: `${ids.join(', ')} will not be started.` })
    },
    listen: (run) => {
      if (store === undefined || !isBoard || !process.stdin.isTTY) return noKeys
      return listenToBoard({
        store,
        run,
        openOutput: (record) =>
          runnerOf(definitionsOf(runners), record.runner).openOutput({ root: stream.root, record }),
        sessionOf: (id) => sessions.get(id),
        stdin: process.stdin,
      })
    },
    say: (text) => store?.trigger.message({ text }),
    stop: () => {
      store?.trigger.message({ text: undefined })
      display?.stop()
      for (const error of left) reportError(error, false)
    },
  }
}

const noKeys: BoardKeys = { isDetaching: () => false, stop: () => undefined }

/** Milliseconds since 1970. */
function clock(): number {
  return now().getTime()
}

/** A row for each thread. A thread after a closed gate is not shown until the gate opens and it starts. */
function rowsOf(plan: RunPlan): BoardRow[] {
  return plan.batches.flatMap(({ gate, threads }) =>
    threads.map((thread) => ({
      id: thread.id,
      name: thread.name,
      agent: thread.agent.name,
      attempt: thread.attempt,
      status: thread.action === 'adopt' ? 'running' : gate === null ? 'waiting' : 'pending',
      lastLine: '',
    })),
  )
}

function rowChange(view: ThreadView): Partial<Omit<BoardRow, 'id'>> {
  const { session, status, phase } = view
  if (session === undefined) return { status, phase }
  return {
    status,
    phase,
    agent: session.agentName,
    attempt: session.attempt ?? 1,
    startedAt: Date.parse(session.startedAt),
    endedAt: session.completedAt === undefined ? undefined : Date.parse(session.completedAt),
    reason: session.reason,
    exitCode: session.exitCode,
    usage: session.usage,
    signal: session.signal,
    error: lastLineOf(session.detail),
  }
}
