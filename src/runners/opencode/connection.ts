import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { exitCodes, messageOf, WorkError } from '../../errors.ts'
import { configError } from './config-error.ts'
import { openApi, refusedHint, type OpencodeApi } from './client.ts'
import { readEvent, type OpencodeEvent } from './events.ts'
import type { HeldServer } from './server/server.ts'
import { waitFor } from './wait.ts'
import { reconnectInterval } from './waits.ts'

/** Called with an event of its session, or when the stream was reopened and events may have been missed. */
export type Listener = (news: OpencodeEvent | 'connected') => void

/** A connection to a server, kept until it proves broken. */
type Held = Promise<{ server: HeldServer; api: OpencodeApi }>

/** The only connection of this process to the server of its repository, opened on demand and again after a loss. */
export class Connection {
  readonly #open: () => Promise<HeldServer>
  readonly #directory: string
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #closing = new AbortController()
  readonly #stream = new EventEmitter().setMaxListeners(0)
  #held: Held | undefined
  #following: Promise<void> | undefined
  #isHearing = false

  constructor(open: () => Promise<HeldServer>, directory: string) {
    this.#open = open
    this.#directory = directory
  }

  /**
   * Calls the server. A failed call is repeated once on a new, checked connection. Throws a `WorkError`
   * (`opencode-refused`) if that fails too.
   */
  async call<T>(action: (api: OpencodeApi) => Promise<T>): Promise<T> {
    const held = this.#hold()
    const { api } = await held
    try {
      return await action(api)
    } catch (error) {
      const broken = configError(error)
      if (broken !== undefined) throw broken
      await this.#forget(held)
      const { server, api: fresh } = await this.#hold()
      return await action(fresh).catch((second: unknown) => {
        throw second instanceof WorkError ? second : (configError(second) ?? refused(server, second))
      })
    }
  }

  /** Subscribes to a session until the returned function is called. */
  listen(sessionId: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(sessionId) ?? new Set()
    this.#listeners.set(sessionId, listeners.add(listener))
    this.#following ??= this.#follow()
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(sessionId)
    }
  }

  /** Resolves when the stream is open, so that nothing is missed from now on, or after `ms` milliseconds. */
  async hearing(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isHearing) return
    await waitFor(this.#stream, 'open', ms, signal)
  }

  /** Repeats to listeners what they may have missed: the statuses of their sessions, and their permission requests. */
  async recall(): Promise<void> {
    const { statuses, permissions } = await this.call(async (api) => ({
      statuses: await api.statuses(),
      permissions: await api.permissions(),
    }))
    for (const [sessionId, status] of Object.entries(statuses)) {
      this.#tell({ type: 'session.status', sessionId, properties: { sessionID: sessionId, status } })
    }
    for (const { sessionID, ...request } of permissions) {
      this.#tell({ type: 'permission.asked', sessionId: sessionID, properties: { sessionID, ...request } })
    }
  }

  /** Releases the server, which keeps running. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#following
    if (this.#held !== undefined) await this.#forget(this.#held)
  }

  /** The current connection, or a new one. Rejects with the reason if there can be none. */
  #hold(): Held {
    if (this.#held !== undefined) return this.#held
    const held = this.#open().then((server) => ({ server, api: openApi(server, this.#directory) }))
    this.#held = held
    held.catch(() => this.#forget(held))
    return held
  }

  /** Releases a broken connection; of many callers that find it broken, the first one does so. */
  async #forget(held: Held): Promise<void> {
    if (this.#held !== held) return
    this.#held = undefined
    // The caller that asked for it already knows why it could not be opened.
    const opened = await held.catch(() => undefined)
    opened?.server.release()
  }

  /** Follows the stream of events while there are listeners; reopens it when it drops. */
  async #follow(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted && this.#listeners.size > 0) {
      const held = this.#hold()
      try {
        await this.#hear(await (await held).api.events(signal))
      } catch {
        // Each watched session asks for itself and meets the same error.
      }
      this.#isHearing = false
      if (signal.aborted) break
      await this.#forget(held)
      await delay(reconnectInterval, undefined, { signal }).catch(() => undefined)
    }
    this.#following = undefined
  }

  async #hear(events: AsyncIterable<unknown>): Promise<void> {
    for await (const value of events) {
      // The first event means that the stream is open.
      if (!this.#isHearing) this.#begin()
      this.#tell(readEvent(value))
    }
  }

  #begin(): void {
    this.#isHearing = true
    this.#stream.emit('open')
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener('connected')
    this.recall().catch(() => undefined)
  }

  #tell(event: OpencodeEvent | undefined): void {
    if (event === undefined) return
    const listeners = this.#listeners.get(event.sessionId)
    for (const listener of listeners ?? []) listener(event)
    if (listeners === undefined && event.type === 'permission.asked') void this.#tellParent(event)
  }

  /** A permission request of a child session is passed to the session that started it. */
  async #tellParent(event: OpencodeEvent): Promise<void> {
    const parent = await this.call((api) => api.parentOf(event.sessionId)).catch(() => undefined)
    if (parent !== undefined) this.#tell({ ...event, sessionId: parent })
  }
}

/** The error of a server that answers but does not do what it was asked for. */
function refused({ url, version }: HeldServer, error: unknown): WorkError {
  return new WorkError(`opencode ${version} at ${url} rejected the request: ${messageOf(error)}`, {
    code: 'opencode-refused',
    hint: refusedHint,
    exitCode: exitCodes.unfinished,
    cause: error,
  })
}
