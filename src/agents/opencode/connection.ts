import { setTimeout as delay } from 'node:timers/promises'
import { openApi, type OpencodeApi } from './api.ts'
import { readEvent, type OpencodeEvent } from './event.ts'
import type { HeldServer } from './server.ts'

/** Milliseconds between two tries to reach a server. */
const retryInterval = 250

/** What a listener hears: an event of its session, or that the stream is open anew and events may have been missed. */
export type Listener = (news: OpencodeEvent | 'connected') => void

/** The one connection of this process to the server of its repository, opened on need and again after a loss. */
export class Connection {
  readonly #open: () => Promise<HeldServer>
  readonly #directory: string
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #closing = new AbortController()
  #held: Promise<{ server: HeldServer; api: OpencodeApi }> | undefined
  #following: Promise<void> | undefined

  constructor(open: () => Promise<HeldServer>, directory: string) {
    this.#open = open
    this.#directory = directory
  }

  /** The server's calls. Starts it where that is needed; throws why it can't be reached. */
  async api(): Promise<OpencodeApi> {
    this.#held ??= this.#open().then((server) => ({ server, api: openApi(server, this.#directory) }))
    try {
      return (await this.#held).api
    } catch (error) {
      this.#held = undefined
      throw error
    }
  }

  /** Calls the server. A call that fails is made once more on a connection that is opened anew, and checked. */
  async call<T>(action: (api: OpencodeApi) => Promise<T>): Promise<T> {
    try {
      return await action(await this.api())
    } catch {
      await this.#forget()
      return await action(await this.api())
    }
  }

  /** Hears of a session until the returned function is called. */
  listen(sessionId: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(sessionId) ?? new Set()
    this.#listeners.set(sessionId, listeners.add(listener))
    this.#following ??= this.#follow().finally(() => {
      this.#following = undefined
    })
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(sessionId)
    }
  }

  /** Lets go of the server. It lives on. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#following
    await this.#forget()
  }

  async #forget(): Promise<void> {
    const held = this.#held
    this.#held = undefined
    // Whoever asked for it has heard why it could not be opened.
    const opened = await held?.catch(() => undefined)
    opened?.server.release()
  }

  /** Follows the stream of events for as long as this connection lasts; opens it again when it drops. */
  async #follow(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        const events = await (await this.api()).events(signal)
        this.#tellAll('connected')
        for await (const value of events) this.#tell(readEvent(value))
      } catch {
        // Each session that is watched asks for itself, and meets the same error.
      }
      if (signal.aborted) return
      await this.#forget()
      await delay(retryInterval, undefined, { signal }).catch(() => undefined)
    }
  }

  #tell(event: OpencodeEvent | undefined): void {
    if (event === undefined) return
    for (const listener of this.#listeners.get(event.sessionId) ?? []) listener(event)
  }

  #tellAll(news: 'connected'): void {
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener(news)
  }
}
