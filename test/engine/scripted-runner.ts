import { EventEmitter, once } from 'node:events'
import type { ProcessIdentity, SessionRecord } from '../../machines/session.ts'
import { runner as command } from '../../src/runners/command/index.ts'
import type { Runner, RunnerDefinition, RunnerSession } from '../../src/runners/runner.ts'
import type { Evidence, Look } from '../../src/runners/evidence.ts'

/** The calls to the runner, each with its session and thread. */
export interface Call {
  method: 'start' | 'watch' | 'look' | 'end'
  thread: string
  record: SessionRecord
  /** Only for `end`. */
  force?: boolean
}

/** What happens to a session after its start. `Error`: its start throws. */
export type Fate = Evidence | 'lives' | Error

interface Live {
  thread: string
  over: Promise<Evidence>
  end: (evidence: Evidence) => void
}

/** A runner without processes: sessions exist in memory, and end as `fate` says or when the test ends them. */
export class ScriptedRunner implements Runner {
  definition: RunnerDefinition = command
  readonly calls: Call[] = []
  readonly prompts: string[] = []
  readonly live = new Map<string, Live>()
  /** The largest number of sessions that ran at once. */
  peak = 0
  fate: (thread: string, record: SessionRecord) => Fate = () => 'lives'
  /** The view of a session that was not started here. */
  sight: Look = { type: 'absent' }
  /** The answer to a request to resume a session. */
  refusal: (session: SessionRecord) => string | null = () => null
  /** Called at the moment a method is called. */
  onCall: (call: Call) => void = () => undefined
  /** Whether a session ends when it is interrupted. */
  isPolite = true
  /** Whether a session ends when it is killed. */
  isMortal = true
  /** Why a session can't be stopped, if it can't. */
  obstacle: (thread: string) => Error | undefined = () => undefined
  /** The models that it lists; without it, it lists none. */
  listModels?: () => Promise<string[]>
  readonly #ends = new Map<string, Promise<Evidence>>()
  #ids = 0

  newIds(): { sessionId: string } {
    this.#ids += 1
    return { sessionId: `ses_${this.#ids}` }
  }

  prepare(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  askToResume(session: SessionRecord): Promise<string | null> {
    return Promise.resolve(this.refusal(session))
  }

  usage(): undefined {
    return undefined
  }

  /** Its last line of output. */
  lastLine: Runner['lastLine'] = () => ''

  start(session: RunnerSession, signal: AbortSignal): Promise<ProcessIdentity> {
    const thread = this.#note('start', session)
    signal.throwIfAborted()
    this.prompts.push(session.prompt())
    const fate = this.fate(thread, session.record)
    if (fate instanceof Error) return Promise.reject(fate)
    const live = this.#begin(thread, session.record)
    if (fate !== 'lives') live.end(fate)
    return Promise.resolve(identityOf(session.record))
  }

  watch(session: RunnerSession, signal: AbortSignal): Promise<Evidence | 'overdue'> {
    const thread = this.#note('watch', session)
    // As if its time is up and its timekeeper is gone.
    if (session.record.timeout !== undefined) return Promise.resolve('overdue')
    return this.#await(thread, session, signal)
  }

  #await(thread: string, session: RunnerSession, signal: AbortSignal): Promise<Evidence> {
    const over = this.#ends.get(session.record.sessionId) ?? this.#begin(thread, session.record).over
    const aborted = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason)),
    )
    return Promise.race([over, aborted])
  }

  look(session: RunnerSession): Promise<Look> {
    this.#note('look', session)
    return Promise.resolve(this.sight)
  }

  end(session: RunnerSession, force: boolean): Promise<{ evidence: Evidence; wasOver: boolean }> {
    const thread = this.#note('end', session, force)
    const obstacle = this.obstacle(thread)
    if (obstacle !== undefined) return Promise.reject(obstacle)
    const live = this.live.get(session.record.sessionId)
    if (live === undefined) return Promise.resolve({ evidence: abandoned(), wasOver: false })
    if (force ? this.isMortal : this.isPolite) live.end(killed(force ? 'SIGKILL' : 'SIGINT'))
    return this.#await(thread, session, new AbortController().signal).then((evidence) => ({
      evidence,
      wasOver: false,
    }))
  }

  /** Ends the running session of a thread as if by itself. */
  finish(thread: string, evidence: Evidence = exited(0)): void {
    const live = [...this.live.values()].find((one) => one.thread === thread)
    if (live === undefined) throw new Error(`Thread ${thread} does not live.`)
    live.end(evidence)
  }

  /** The threads whose sessions were started, in order. */
  get started(): string[] {
    return this.calls.filter((call) => call.method === 'start').map((call) => call.thread)
  }

  /** The running threads. */
  get living(): string[] {
    return [...this.live.values()].map((live) => live.thread)
  }

  #note(method: Call['method'], session: RunnerSession, force?: boolean): string {
    const thread = session.env()['WORK_THREAD'] ?? ''
    const call = { method, thread, record: session.record, ...(force === undefined ? {} : { force }) }
    this.calls.push(call)
    this.onCall(call)
    return thread
  }

  #begin(thread: string, { sessionId }: SessionRecord): Live {
    const emitter = new EventEmitter()
    const over = once(emitter, 'end').then(([evidence]: Evidence[]) => evidence ?? gone())
    const end = (evidence: Evidence) => {
      this.live.delete(sessionId)
      emitter.emit('end', evidence)
    }
    const live = { thread, over, end }
    this.live.set(sessionId, live)
    this.#ends.set(sessionId, over)
    this.peak = Math.max(this.peak, this.live.size)
    return live
  }
}

const at = '2026-02-03T05:00:00.000Z'

export function exited(code: number, detail = ''): Evidence {
  return { type: 'exited', code, signal: null, at, detail, hasOutput: true }
}

export function killed(signal: string): Evidence {
  return { type: 'exited', code: null, signal, at, detail: '', hasOutput: true }
}

export function gone(): Evidence {
  return { type: 'gone', at, detail: '' }
}

function abandoned(): Evidence {
  return { type: 'abandoned', at, detail: '' }
}

function identityOf({ sessionId }: SessionRecord): ProcessIdentity {
  return { pid: Number(sessionId.slice(4)), startTicks: '1', host: 'here', bootId: 'boot' }
}
