import { WorkError } from '../../errors.ts'
import { GrowingFile } from '../growing-file.ts'
import type { OutputEntry, OutputSource } from '../output.ts'
import { lastLines } from '../tail.ts'
import type { AgentCli } from './cli.ts'
import { addFact, newReading, type Fact, type Reading } from './facts.ts'
import { parseLine } from './json.ts'

/** How many lines that are no events are kept, and how many characters of each. */
const plainLines = 6
const longestPlain = 1000

/** Reads the output of one run of an agent CLI as it grows. */
export class CliOutput {
  readonly reading: Reading = newReading()
  readonly #file: GrowingFile
  readonly #read: (event: unknown) => Fact[]
  #isContinued = false

  constructor(cli: Pick<AgentCli, 'createReader'>, path: string) {
    this.#file = new GrowingFile(path)
    this.#read = cli.createReader()
  }

  /** Reads what is new. A last line without its line break is not read; a log that can't be read is a problem of it. */
  update(): void {
    try {
      for (const lines of this.#file.read()) for (const line of lines) this.#add(line)
    } catch (error) {
      if (!(error instanceof WorkError)) throw error
      this.reading.problem = error.message
    }
  }

  /** Reads what is left of a run that has ended, also a last line without its line break. */
  finish(): void {
    this.update()
    for (const line of this.#file.rest()) this.#add(line)
  }

  #add(line: string): void {
    const event = parseLine(line)
    if (event === undefined && !line.startsWith('{')) {
      this.reading.plain = lastLines(`${this.reading.plain}\n${line.slice(-longestPlain)}`, plainLines).join(
        '\n',
      )
    }
    for (const fact of this.#read(event)) {
      addFact(this.reading, fact, this.#isContinued)
      this.#isContinued = fact.is === 'text' && fact.isPiece === true
    }
  }
}

/** Makes a conversation of one run's lines; a line that is no event is shown as it is. */
export function createConversation(cli: Pick<AgentCli, 'createReader'>): Omit<OutputSource, 'file'> {
  const read = cli.createReader()
  /** Pieces of a text whose line has not ended. */
  let begun = ''
  const flush = (): OutputEntry[] => {
    const text = begun
    begun = ''
    return entriesOf({ is: 'text', text })
  }
  const add = (fact: Fact): OutputEntry[] => {
    if (fact.is !== 'text' || fact.isPiece !== true) return [...flush(), ...entriesOf(fact)]
    const end = (begun + fact.text).lastIndexOf('\n') + 1
    const whole = (begun + fact.text).slice(0, end)
    begun = (begun + fact.text).slice(end)
    return entriesOf({ is: 'text', text: whole })
  }
  return {
    entriesOf: (line) => {
      const event = parseLine(line)
      if (typeof event === 'object' && event !== null) return read(event).flatMap(add)
      return line === '' ? [] : [...flush(), entry('text', line)]
    },
    rest: flush,
  }
}

function entriesOf(fact: Fact): OutputEntry[] {
  switch (fact.is) {
    case 'text':
      return fact.text.trim() === '' ? [] : [entry('text', fact.text.replace(/\n+$/, ''))]
    case 'tool':
      return [entry('tool', fact.line)]
    case 'tool-ended':
      return fact.text === '' ? [] : [entry(fact.how === 'denied' ? 'permission' : 'result', fact.text)]
    case 'retry':
      return [entry('retry', fact.text)]
    case 'problem':
      return [entry('error', fact.text)]
    case 'limit':
      return [entry('error', `No more requests before ${fact.until}.`)]
    case 'end':
      return 'message' in fact.end ? [entry('error', fact.end.message)] : []
    case 'begun':
    case 'usage':
      return []
  }
}

function entry(kind: OutputEntry['kind'], text: string): OutputEntry {
  return { at: null, kind, text }
}
