import type { AssistantMessage, ToolPart } from '@opencode-ai/sdk/v2/types'
import type { Usage } from '../../../machines/session.ts'
import type { MessageEntry } from './client.ts'
import { readError, sumUsage, usageOfAnswer } from './events.ts'
import type { TurnError } from './turn-error.ts'

/** The state of the turn that a prompt began, from the messages of its session. */
export type Turn =
  /** The prompt has not arrived. */
  | { type: 'unknown' }
  /** The prompt has arrived, but there is no answer yet. */
  | { type: 'unanswered' }
  /** The answer is incomplete: it is being written, or its writer is gone. */
  | { type: 'open'; usage: Usage }
  | FinishedTurn

export interface FinishedTurn {
  type: 'over'
  /** How the last answer ended: `stop`, `length`, `tool-calls`, …; empty if an error ended it. */
  finish: string
  error: TurnError | undefined
  /** The last answer: its text, and errors of its tools. */
  text: string
  /** Whether it wrote or did anything. */
  hasOutput: boolean
  /** ISO time. */
  at: string
  usage: Usage
}

/**
 * Reads a turn from a session's messages (oldest first). What a user typed into the session later belongs to it: the
 * last answer counts.
 */
export function readTurn(messages: MessageEntry[], promptId: string): Turn {
  const from = messages.findIndex(({ info }) => info.id === promptId)
  if (from === -1) return { type: 'unknown' }
  const answers = messages.slice(from).filter(isAnswer)
  const last = answers.at(-1)
  if (last === undefined) return { type: 'unanswered' }
  const usage = sumUsage(answers.map(({ info }) => usageOfAnswer(info)))
  const { completed, created } = last.info.time
  const error = readError(last.info.error, completed ?? created)
  if (completed === undefined && error === undefined) return { type: 'open', usage }
  const at = new Date(completed ?? created).toISOString()
  return {
    type: 'over',
    finish: last.info.finish ?? '',
    error,
    text: textOf(last),
    hasOutput: answers.some(saysSomething),
    at,
    usage,
  }
}

interface Answer extends MessageEntry {
  info: AssistantMessage
}

function isAnswer(entry: MessageEntry): entry is Answer {
  return entry.info.role === 'assistant'
}

function saysSomething({ parts }: MessageEntry): boolean {
  return parts.some((part) => part.type === 'tool' || (part.type === 'text' && part.text.trim() !== ''))
}

function textOf({ parts }: MessageEntry): string {
  return parts
    .flatMap((part) => {
      if (part.type === 'text') return [part.text]
      return part.type === 'tool' && part.state.status === 'error' ? [describeFailure(part)] : []
    })
    .join('\n')
    .trim()
}

function describeFailure({ tool, state }: ToolPart): string {
  const { command, filePath, pattern } = state.input
  const what = [command, filePath, pattern].find((value) => typeof value === 'string') ?? ''
  return `${tool} ${what}: ${state.status === 'error' ? state.error : ''}`
}
