import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs'
import { emitKeypressEvents } from 'node:readline'
import { systemCode } from '../errors.ts'

/** Names of keys, as Node's readline has them; a sign such as `?` is its own name. */
export type KeyName = string

/** What reads keys. */
export interface KeyReader {
  /** The terminal is as it was before, and what was typed is gone: the shell does not get it. */
  stop: () => void
}

/**
 * Reads a terminal key by key, without an echo, until `stop`. What was typed before is dropped. Ctrl-C, Ctrl-\ and Ctrl-Z go as
 * signals to the whole foreground job, as they do without this. In the background (`work run &`) nothing is read: a process
 * that reads there is suspended.
 */
export function readKeys(stdin: NodeJS.ReadStream, onKey: (name: KeyName) => void): KeyReader {
  let isReading = false
  const press = (sign: string | undefined, key: Key) => {
    const signal = key.ctrl === true ? signals[key.name ?? ''] : undefined
    // Escape and a key right after it look like one key with Alt.
    if (key.meta === true && key.name !== 'escape') onKey('escape')
    if (signal === undefined) return onKey(sign === '?' ? sign : (key.name ?? key.sequence ?? ''))
    if (signal === 'SIGTSTP') pause()
    process.kill(0, signal)
  }
  const begin = () => {
    if (isReading || !isForeground()) return
    isReading = true
    stdin.setRawMode(true)
    drain()
    stdin.on('keypress', press)
    stdin.resume()
  }
  const pause = () => {
    if (!isReading) return
    isReading = false
    stdin.off('keypress', press)
    stdin.pause()
    stdin.setRawMode(false)
  }
  // After a stop by another process the terminal has the shell's settings.
  const again = () => {
    if (isReading && isForeground()) stdin.setRawMode(true)
    else begin()
  }
  emitKeypressEvents(stdin)
  process.on('SIGCONT', again)
  begin()
  return {
    stop: () => {
      process.off('SIGCONT', again)
      if (isReading) drain()
      pause()
    },
  }
}

/** A key as Node describes it. */
interface Key {
  name?: string
  ctrl?: boolean
  meta?: boolean
  sequence?: string
}

const signals: Record<string, NodeJS.Signals> = { c: 'SIGINT', '\\': 'SIGQUIT', z: 'SIGTSTP' }

/** Whether this process is in the foreground job of its terminal, as far as the system reports it. */
function isForeground(): boolean {
  try {
    // After the name, which may hold spaces: state, parent, group, session, terminal, foreground group.
    const fields = readFileSync('/proc/self/stat', 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields[2] === fields[5]
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return true
  }
}

/** Reads and drops what was typed so far. */
function drain(): void {
  try {
    const terminal = openSync('/dev/tty', constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    try {
      const buffer = Buffer.alloc(1024)
      while (readSync(terminal, buffer) > 0);
    } finally {
      closeSync(terminal)
    }
  } catch (error) {
    // Nothing more was typed (EAGAIN), or the system has no such file.
    if (systemCode(error) === undefined) throw error
  }
}
