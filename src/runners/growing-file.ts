import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { exitCodes, messageOf, systemCode, WorkError } from '../errors.ts'
import { advice, work } from '../text/hint.ts'

/** Bytes read at once. */
const chunkSize = 256 * 1024
/** A longer line of a program is shown in pieces. */
const longestLine = 64 * 1024 * 1024

/** The lines of a growing file. */
export class GrowingFile {
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
      hint: advice`${work('status', '--sessions')} shows the recorded session.`,
      exitCode: exitCodes.unfinished,
      cause: error,
    })
  }
}
