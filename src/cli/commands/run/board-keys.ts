import { startBoardFlow, type BoardFlow } from '../../../engine/run-board.ts'
import type { Run } from '../../../engine/run-context.ts'
import type { SessionOutput } from '../../../runners/output.ts'
import type { BoardThread } from '../../../../machines/board.ts'
import type { SessionRecord } from '../../../../machines/session.ts'
import type { BoardView, BoardStore } from '../../../ui/board/store.ts'
import { readKeys, type KeyName } from '../../../ui/keys.ts'
import { boardLogInterval } from '../../waits.ts'

/** What the keys of the board act on. */
export interface BoardKeysOptions {
  store: BoardStore
  run: Pick<Run, 'leave' | 'stop'>
  /** Opens the output of a session. */
  openOutput: (session: SessionRecord) => SessionOutput
  /** The last session of a thread. */
  sessionOf: (threadId: string) => SessionRecord | undefined
  stdin: NodeJS.ReadStream
}

/** Keys of a board that are read until `stop`. */
export interface BoardKeys {
  /** The run is being handed over to another process. */
  isDetaching: () => boolean
  stop: () => void
}

/** Lines of a log that are kept to be shown. */
const mostLines = 500

/** Reads keys while a board is shown, and does to its run what they say. */
export function listenToBoard({ store, run, openOutput, sessionOf, stdin }: BoardKeysOptions): BoardKeys {
  let isDetaching = false
  let stopping: string | undefined
  let log: ShownLog | undefined
  const flow = startBoardFlow(
    {
      detach: () => {
        isDetaching = true
        run.leave()
      },
      stopThread: (id) => {
        stopping = id
        store.trigger.message({ text: messageFor(id) })
        run.stop([id], false)
      },
    },
    (state) => {
      const isSameLog = state.type === 'reading' && log?.id === state.chosen
      if (!isSameLog)
        log = state.type === 'reading' ? new ShownLog(openOutput, state.chosen, sessionOf) : undefined
      if (state.type === 'reading') showLog()
      else store.trigger.mode({ mode: state })
    },
  )
  const showLog = () => {
    if (log !== undefined) store.trigger.mode({ mode: { type: 'reading', id: log.id, lines: log.read() } })
  }
  store.trigger.mode({ mode: { type: 'watching' } })
  const follow = setInterval(showLog, boardLogInterval)
  let known = ''
  const tellThreads = (context: BoardView) => {
    const threads = threadsOf(context)
    const now = JSON.stringify(threads)
    if (now === known) return
    known = now
    flow.setThreads(threads)
    if (stopping === undefined || threads.some(({ id, canStop }) => id === stopping && canStop)) return
    if (context.message === messageFor(stopping)) store.trigger.message({ text: undefined })
    stopping = undefined
  }
  const subscription = store.subscribe(({ context }) => tellThreads(context))
  tellThreads(store.getSnapshot().context)
  const reader = readKeys(stdin, (key) => {
    const event = events[key]
    if (event !== undefined) flow.send(event)
  })
  return {
    isDetaching: () => isDetaching,
    stop: () => {
      clearInterval(follow)
      subscription.unsubscribe()
      reader.stop()
    },
  }
}

const events: Partial<Record<KeyName, Parameters<BoardFlow['send']>[0]>> = {
  d: 'DETACH',
  l: 'LOG',
  x: 'STOP',
  '?': 'HELP',
  up: 'UP',
  k: 'UP',
  down: 'DOWN',
  j: 'DOWN',
  return: 'ENTER',
  escape: 'BACK',
  q: 'BACK',
}

function messageFor(id: string): string {
  return `Stopping ${id}.`
}

/** The threads that keys are about. */
function threadsOf({ rows, order }: BoardView): BoardThread[] {
  return order.flatMap((id) => {
    const row = rows[id]
    if (row === undefined || row.status === 'pending') return []
    const canStop = row.status === 'running' || row.status === 'waiting'
    return [{ id, canStop, hasLog: row.startedAt !== undefined }]
  })
}

/** The end of a thread's log, read as it grows; of a new session from its beginning. */
class ShownLog {
  readonly id: string
  readonly #open: BoardKeysOptions['openOutput']
  readonly #sessionOf: BoardKeysOptions['sessionOf']
  #session: string | undefined
  #output: SessionOutput | undefined
  #lines: string[] = []

  constructor(open: BoardKeysOptions['openOutput'], id: string, sessionOf: BoardKeysOptions['sessionOf']) {
    this.id = id
    this.#open = open
    this.#sessionOf = sessionOf
  }

  read(): readonly string[] {
    const session = this.#sessionOf(this.id)
    if (session?.log === undefined) return this.#lines
    if (session.sessionId !== this.#session) {
      this.#session = session.sessionId
      this.#output = this.#open(session)
      this.#lines = []
    }
    for (const entries of this.#output?.read() ?? []) {
      const lines = entries.flatMap(({ text }) => text.trimEnd().split('\n'))
      this.#lines = [...this.#lines, ...lines].slice(-mostLines)
    }
    return this.#lines
  }
}
