import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { relative } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { SessionRecord } from '../../machines/session.ts'
import { filesOf } from './command/inspect.ts'
import { createTranscript } from './opencode/transcript.ts'
import { exitCodes, messageOf, systemCode, WorkError } from '../errors.ts'
import { parentId } from '../ids.ts'
import type { ThreadFacts } from '../threads/thread.ts'

/** A piece of a session's output. */
export interface OutputEntry {
  /** ISO time; null if the log has none. */
  at: string | null
  /** For a program: a line of `text` or of `stderr`. For opencode: what it wrote or did. */
  kind: 'text' | 'stderr' | 'tool' | 'result' | 'permission' | 'retry' | 'error'
  /** As it was written: not safe to print. May have several lines. */
  text: string
}

/** The output of a session, read piece by piece as it grows. */
export interface SessionOutput {
  /** The log, relative to the repository. */
  path: string
  /** Whether there is anything to read. */
  exists(): boolean
  /** The output since the last call, in pieces that fit in memory. Throws a `WorkError` (`log-unreadable`). */
  read(): Generator<OutputEntry[]>
  /** The rest when no more output comes: a last line without a line break. */
  rest(): OutputEntry[]
}

/** An attempt at a thread: its session and number. */
export interface Attempt {
  number: number
  session: SessionRecord
}

/** The attempts at a thread, oldest first. Records of version 1 have no number: they are counted. */
export function attemptsOf({ sessions }: Pick<ThreadFacts, 'sessions'>): Attempt[] {
  return sessions.map((session, index) => ({ number: session.attempt ?? index + 1, session }))
}

/** The requested attempt, or the last one. Throws a `WorkError` (`attempt-not-found`) that lists the attempts. */
export function requireAttempt(thread: ThreadFacts, number: number | undefined): Attempt {
  const attempts = attemptsOf(thread)
  const found = attempts.findLast((attempt) => number === undefined || attempt.number === number)
  if (found !== undefined) return found
  const name = `Thread ${thread.id} "${thread.name}"`
  if (attempts.length === 0) {
    throw new WorkError(`${name} has no session yet.`, {
      code: 'attempt-not-found',
      hint: `work run ${thread.id}, or work run ${parentId(thread.id, 'batch')}`,
    })
  }
  const numbers = [...new Set(attempts.map((attempt) => attempt.number))].join(', ')
  throw new WorkError(`${name} has no attempt ${number}. There are: ${numbers}.`, {
    code: 'attempt-not-found',
    hint: 'work status --sessions shows each attempt.',
  })
}

/**
 * Opens the output of a session. `root` is the repository. Throws a `WorkError` (`no-log`) for a record without a log.
 */
export function openOutput(root: string, session: SessionRecord): SessionOutput {
  const files = filesOf({ root, record: session })
  const sources =
    session.runner === 'opencode'
      ? [transcriptOf(files.out)]
      : [linesAs('text', files.out), linesAs('stderr', files.err)]
  return {
    path: relative(root, files.out),
    exists: () => sources.some(({ tail }) => tail.exists()),
    *read() {
      for (const { tail, entriesOf } of sources) {
        for (const lines of tail.read()) yield lines.flatMap(entriesOf)
      }
    },
    rest: () => sources.flatMap(({ tail, entriesOf }) => tail.rest().flatMap(entriesOf)),
  }
}

interface Source {
  tail: Tail
  entriesOf: (line: string) => OutputEntry[]
}

function transcriptOf(path: string): Source {
  const transcript = createTranscript()
  return { tail: new Tail(path), entriesOf: (line) => transcript.read(line) }
}

function linesAs(kind: 'text' | 'stderr', path: string): Source {
  return { tail: new Tail(path), entriesOf: (text) => [{ at: null, kind, text }] }
}

/** Bytes read at once. */
const chunkSize = 256 * 1024
/** A longer line of a program is shown in pieces. */
const longestLine = 64 * 1024 * 1024

/** The lines of a growing file. */
class Tail {
  readonly #path: string
  #offset = 0
  #decoder = new StringDecoder('utf8')
  /** The start of a line whose end has not been read. */
  #begun: string[] = []
  #begunLength = 0

  constructor(path: string) {
    this.#path = path
  }

  exists(): boolean {
    const file = this.#open()
    if (file !== undefined) closeSync(file)
    return file !== undefined
  }

  /** The lines since the last call; none while the file does not exist. */
  *read(): Generator<string[]> {
    const file = this.#open()
    if (file === undefined) return
    try {
      // The file was emptied: start again.
      if (fstatSync(file).size < this.#offset) this.#offset = 0
      const buffer = Buffer.alloc(chunkSize)
      for (;;) {
        const length = this.#readInto(file, buffer)
        if (length === 0) return
        this.#offset += length
        yield this.#split(this.#decoder.write(buffer.subarray(0, length)))
      }
    } finally {
      closeSync(file)
    }
  }

  rest(): string[] {
    const line = this.#begun.join('') + this.#decoder.end()
    this.#begun = []
    this.#begunLength = 0
    return line === '' ? [] : [line]
  }

  #split(text: string): string[] {
    const lines = text.split('\n')
    const last = lines.pop() ?? ''
    const [first, ...more] = lines
    const whole = first === undefined ? [] : [this.#begun.join('') + first, ...more]
    if (first !== undefined) {
      this.#begun = []
      this.#begunLength = 0
    }
    this.#begun.push(last)
    this.#begunLength += last.length
    return this.#begunLength > longestLine ? [...whole, ...this.rest()] : whole
  }

  #open(): number | undefined {
    try {
      // A pipe or a device may never end, or never open.
      if (statSync(this.#path).isFile()) return openSync(this.#path, 'r')
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined
      throw this.#unreadable(error)
    }
    throw this.#unreadable('not a regular file')
  }

  #readInto(file: number, buffer: Buffer): number {
    try {
      return readSync(file, buffer, 0, buffer.length, this.#offset)
    } catch (error) {
      throw this.#unreadable(error)
    }
  }

  #unreadable(error: unknown): WorkError {
    return new WorkError(`Can't read the log ${this.#path}: ${messageOf(error)}.`, {
      code: 'log-unreadable',
      hint: 'work status --sessions shows the recorded session.',
      exitCode: exitCodes.unfinished,
      cause: error,
    })
  }
}
