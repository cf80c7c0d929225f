import type { Answer } from '../../machines/answer.ts'
import { WorkError, exitCodes, systemCode } from '../errors.ts'
import { oneLine } from './text.ts'

/** The terminal that asks; `process.stdin` and `process.stdout` unless told. */
export interface Terminal {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
}

/** One answer to {@link askChoice}: `value` is what it returns, the rest is what is shown. No two labels are the same. */
export interface Choice<Value extends string> {
  value: Value
  label: string
  hint?: string
}

/** Asks yes or no; Enter says no. Throws a `WorkError` (`cancelled`) on Ctrl-C and Escape. Needs a terminal. */
export async function confirm(message: string, terminal?: Terminal): Promise<boolean> {
  const answer = await ask<boolean>(yesOrNo(message, false), terminal)
  if (answer.type === 'chosen') return answer.value
  throw new WorkError('Cancelled: nothing was changed.', {
    code: 'cancelled',
    exitCode: exitCodes.interrupted,
  })
}

/** Asks whether to go on; Enter says yes. No and Escape lead back, Ctrl-C away. Needs a terminal. */
export async function askYes(message: string, terminal?: Terminal): Promise<Answer<true>> {
  const answer = await ask<boolean>(yesOrNo(message, true), terminal)
  if (answer.type !== 'chosen') return answer
  return answer.value ? { type: 'chosen', value: true } : { type: 'back' }
}

function yesOrNo(message: string, initial: boolean): Question {
  return { type: 'confirm', message: oneLine(message), initial, format: nameBoolean }
}

function nameBoolean(value: unknown): string {
  return value === true ? 'yes' : 'no'
}

/** Asks for one of the choices. Escape leads back, Ctrl-C away. Needs a terminal. */
export async function askChoice<Value extends string>(
  message: string,
  choices: readonly Choice<Value>[],
  terminal?: Terminal,
): Promise<Answer<Value>> {
  const question = {
    type: 'select',
    message: oneLine(message),
    choices: choices.map(({ label, hint = '' }) => ({
      // The name is what stays on the screen.
      name: oneLine(label),
      message: oneLine(label),
      hint: hint === '' ? '' : `· ${oneLine(hint)}`,
    })),
  } as const
  const answer = await ask<string>(question, terminal)
  if (answer.type !== 'chosen') return answer
  const found = choices.find(({ label }) => oneLine(label) === answer.value)
  return found === undefined ? { type: 'cancel' } : { type: 'chosen', value: found.value }
}

/**
 * Asks for a line of text, which `check` may refuse with a sentence. Escape leads back, Ctrl-C away. Needs a terminal.
 */
export async function askText(
  message: string,
  check: (text: string) => string | null = () => null,
  terminal?: Terminal,
): Promise<Answer<string>> {
  const validate = (text: string) => check(text) ?? true
  return ask<string>({ type: 'input', message: oneLine(message), validate }, terminal)
}

/** A question as enquirer takes it. */
type Question = { message: string } & (
  | { type: 'confirm'; initial: boolean; format: (value: unknown) => string }
  | { type: 'select'; choices: { name: string; message: string; hint: string }[] }
  | { type: 'input'; validate: (text: string) => string | true }
)

async function ask<Value>(question: Question, terminal: Terminal = process): Promise<Answer<Value>> {
  const { default: enquirer } = await import('enquirer')
  const { stdin, stdout } = terminal
  let lastKey: string | undefined
  function onRun(this: RunningPrompt): void {
    closeSafely(this)
    this.on('keypress', (_, key) => {
      lastKey = key.name
    })
  }
  try {
    const asked = { ...question, name: 'answer', onRun, stdin, stdout }
    const { answer } = await enquirer.prompt<{ answer: Value }>(asked)
    return { type: 'chosen', value: answer }
  } catch (error) {
    // Enquirer rejects with a string, or nothing, when the user leaves; an Error is an error.
    if (error instanceof Error) throw error
    return { type: lastKey === 'escape' ? 'back' : 'cancel' }
  }
}

/** What is used of enquirer's prompts; its types do not tell. */
interface RunningPrompt {
  stop: () => void
  on(event: 'keypress', listener: (input: string, key: { name?: string }) => void): void
  once(event: 'start' | 'close', listener: () => void): void
  off(event: 'close', listener: () => void): void
}

/**
 * From Node 22 on, enquirer's way to let go of the keyboard throws after Ctrl-C: it pauses an interface that Node has
 * closed by then. There is nothing left to let go of in that case.
 */
function closeSafely(prompt: RunningPrompt): void {
  prompt.once('start', () => {
    const { stop } = prompt
    prompt.off('close', stop)
    prompt.once('close', () => {
      try {
        stop()
      } catch (error) {
        if (systemCode(error) !== 'ERR_USE_AFTER_CLOSE') throw error
      }
    })
  })
}
