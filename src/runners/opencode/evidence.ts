import type { FinishedTurn } from './turn.ts'
import type { TurnError } from './turn-error.ts'
import type { Evidence, EvidenceFact } from '../evidence.ts'

/** What a finished turn proves. */
export function evidenceOfTurn(turn: FinishedTurn): Evidence {
  const { at, usage, error, text, finish, hasOutput } = turn
  const base = { at, usage, detail: error?.message ?? lastLines(text) }
  if (error !== undefined) return { ...base, ...factOf(error) }
  switch (finish) {
    case 'stop':
      return { ...base, type: 'turn-ended', hasOutput }
    case 'length':
      return { ...base, type: 'cut-off', why: 'output-limit' }
    case 'tool-calls':
      return { ...base, type: 'denied' }
    case '':
      return { ...base, type: 'aborted' }
    default: {
      const sentence = `The response ended with "${finish}".`
      const detail = [sentence, base.detail].filter((line) => line !== '').join('\n')
      return { ...base, detail, type: 'cut-off', why: 'other' }
    }
  }
}

/** What an error proves. */
export function factOf({ name, status, retryAt }: TurnError): EvidenceFact {
  if (name === 'MessageAbortedError') return { type: 'aborted' }
  if (name === 'MessageOutputLengthError' || name === 'ContextOverflowError') {
    return { type: 'cut-off', why: 'other' }
  }
  if (status === 429) return { type: 'rate-limited', retryAt }
  return { type: 'refused', status }
}

/** Whether a session has finished by itself, however well. */
export function isFinished({ type }: Evidence): boolean {
  return type === 'turn-ended' || type === 'cut-off' || type === 'denied'
}

function lastLines(text: string): string {
  return text.split('\n').slice(-6).join('\n').slice(-1000)
}
