import type { Usage } from '../../../machines/session.ts'

/** What a line of an agent CLI's output says, in the words of no product. */
export type Fact =
  /** Its conversation has begun, under this id of the CLI's own. */
  | { is: 'begun'; sessionId: string }
  /** It wrote something. `isPiece`: the next piece continues it. */
  | { is: 'text'; text: string; isPiece?: boolean }
  /** A tool began, in one line for users. */
  | { is: 'tool'; line: string }
  /** A tool ended. `text` is empty unless it says something that the line of its begin does not. */
  | { is: 'tool-ended'; how: 'done' | 'failed' | 'denied'; text: string }
  /** A part of what it has used, in this run of the CLI or in its whole session. */
  | { is: 'usage'; usage: Usage; of: 'run' | 'session' }
  /** It asks the provider again after an error. */
  | { is: 'retry'; text: string }
  /** The provider accepts no more requests before this ISO time. */
  | { is: 'limit'; until: string }
  /** A warning or an error that does not end it. */
  | { is: 'problem'; text: string }
  /** Its turn ended, well or badly. */
  | { is: 'end'; end: TurnEnd }

/** How a turn ended, as the CLI itself says. `isGuess`: only by words, for which it has no fields. */
export type TurnEnd =
  /** As it should. `denied`: a tool that it asked for was denied. */
  | { type: 'done'; denied?: boolean }
  /** Its answer ended early. */
  | { type: 'cut-off'; why: 'output-limit' | 'other'; message: string; isGuess?: boolean }
  /** The provider, or the CLI, refused it. */
  | {
      type: 'refused'
      message: string
      /** HTTP status, if the provider answered. */
      status?: number | undefined
      isGuess?: boolean
    }
  /** The provider accepts no more requests for now. */
  | { type: 'rate-limited'; message: string; retryAt?: string | undefined }
  /** The session to resume does not exist. */
  | { type: 'session-missing'; message: string }
  /** Someone ended it in the middle: the end itself says nothing. */
  | { type: 'aborted' }

/** What a session's output says so far. */
export interface Reading {
  sessionId: string | undefined
  /** The last text that it wrote. */
  text: string
  /** It wrote something, or used a tool. */
  hasOutput: boolean
  /** The line for display: its last text, tool or retry. */
  line: string
  ofRun: Usage | undefined
  ofSession: Usage | undefined
  limit: string | undefined
  /** The last problem that it reported. */
  problem: string
  /** The last lines that are no events. */
  plain: string
  end: TurnEnd | undefined
}

/** The end of a failure for which the CLI gives no words. */
export const unnamedError = 'It ended with an error that it does not name.'

/** A reading before the first line. */
export function newReading(): Reading {
  return {
    sessionId: undefined,
    text: '',
    hasOutput: false,
    line: '',
    ofRun: undefined,
    ofSession: undefined,
    limit: undefined,
    problem: '',
    plain: '',
    end: undefined,
  }
}

/** Adds a fact to a reading. `isContinued`: the text before it was a piece that it may continue. */
export function addFact(reading: Reading, fact: Fact, isContinued: boolean): void {
  switch (fact.is) {
    case 'begun':
      reading.sessionId = fact.sessionId
      // A program that begins once more has not ended.
      reading.end = undefined
      break
    case 'text': {
      reading.text = isContinued && fact.isPiece === true ? reading.text + fact.text : fact.text
      if (reading.text.trim() === '') break
      reading.hasOutput = true
      reading.line = reading.text
      break
    }
    case 'tool':
      reading.hasOutput = true
      reading.line = fact.line
      break
    case 'tool-ended':
      reading.hasOutput = true
      break
    case 'usage':
      if (fact.of === 'run') reading.ofRun = { ...reading.ofRun, ...possible(fact.usage) }
      else reading.ofSession = { ...reading.ofSession, ...possible(fact.usage) }
      break
    case 'retry':
      reading.line = fact.text
      break
    case 'limit':
      reading.limit = fact.until
      break
    case 'problem':
      reading.problem = fact.text
      break
    case 'end':
      reading.end = fact.end
  }
}

/** Usage without numbers that can't be: nobody uses less than nothing. */
function possible(usage: Usage): Usage {
  return Object.fromEntries(Object.entries(usage).filter(([, number]) => number === undefined || number >= 0))
}
