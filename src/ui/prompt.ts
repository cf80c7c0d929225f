import type { Answer } from '../../machines/answer.ts'
import { WorkError, exitCodes, systemCode } from '../errors.ts'
import { columnsOf, rowsOf } from './terminal-size.ts'
import { oneLine } from '../text/sanitize.ts'
import { fit, textWidth } from './width.ts'

/** The same answer, with another value. */
export function mapAnswer<Value, Other>(answer: Answer<Value>, map: (value: Value) => Other): Answer<Other> {
  return answer.type === 'chosen' ? { type: 'chosen', value: map(answer.value) } : answer
}

/** The terminal that asks; `process.stdin` and `process.stdout` by default. */
export interface Terminal {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
}

/**
 * One answer to {@link askChoice}: `value` is what it returns, the rest is what is shown. No two labels begin with the
 * same 20 letters.
 */
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

/** Asks whether to continue; Enter says yes. No and Escape lead back, Ctrl-C away. Needs a terminal. */
export function askYes(message: string, terminal?: Terminal): Promise<Answer<true>> {
  return askAgreement(message, true, terminal)
}

/** The same; Enter says no. */
export function askNo(message: string, terminal?: Terminal): Promise<Answer<true>> {
  return askAgreement(message, false, terminal)
}

async function askAgreement(message: string, initial: boolean, terminal?: Terminal): Promise<Answer<true>> {
  const answer = await ask<boolean>(yesOrNo(message, initial), terminal)
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
  const screen = (terminal ?? process).stdout
  const width = Math.max(leastWidth, columnsOf(screen) - pointerWidth)
  const lines = choices.map((choice) => fitChoice(choice, width))
  // No more than there are: the key End goes to the last line of so many.
  const limit = Math.min(choices.length, Math.max(3, rowsOf(screen) - 5))
  const question = {
    type: 'select',
    message: oneLine(message),
    // The name is what stays on the screen.
    choices: lines.map(({ label, hint }) => ({ name: label, message: label, hint })),
    limit,
    footer: fit(`  ${choices.length > limit ? `${choices.length} choices · ` : ''}${keys}`, width),
  } as const
  const answer = await ask<string>(question, terminal)
  if (answer.type !== 'chosen') return answer
  const found = choices[lines.findIndex(({ label }) => label === answer.value)]
  return found === undefined ? { type: 'cancel' } : { type: 'chosen', value: found.value }
}

/** The keys of a choice. */
const keys = '↑↓ move · Enter select · Esc back · Ctrl-C quit'

/** Before each choice, and the column that terminals keep free. */
const pointerWidth = 3
/** Of a choice: labels differ in their first letters. */
const leastWidth = 20

/** A choice on one line: enquirer loses count of lines that wrap. */
function fitChoice({ label: fullLabel, hint = '' }: Choice<string>, width: number) {
  const label = fit(fullLabel, width)
  const room = width - textWidth(label) - 1
  return { label, hint: hint === '' || room < leastHint ? '' : fit(`· ${hint}`, room) }
}

/** A shorter hint says nothing. */
const leastHint = 10

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
  | {
      type: 'select'
      choices: { name: string; message: string; hint: string }[]
      limit: number
      footer: string
    }
  | { type: 'input'; validate: (text: string) => string | true }
)

/** Only loaded by who asks, or may ask at the end of a run. */
export async function loadPrompts() {
  return (await import('enquirer')).default
}

async function ask<Value>(question: Question, terminal: Terminal = process): Promise<Answer<Value>> {
  const enquirer = await loadPrompts()
  const { stdin, stdout } = terminal
  let lastKey: string | undefined
  function onRun(this: RunningPrompt): void {
    closeSafely(this)
    cancelWithoutAnswer(this)
    this.on('keypress', (_, key) => {
      lastKey = key.name
      // Where nothing is typed Ctrl-D ends the input, and Node stops reading: no answer would ever come.
      const isEmpty = question.type !== 'input' || this.input === ''
      if (key.ctrl === true && key.name === 'd' && isEmpty) key.action = 'cancel'
    })
    resumeSafely(this, stdin)
  }
  try {
    const asked = { ...question, name: 'answer', onRun, stdin, stdout, columns: columnsOf(stdout) }
    const { answer } = await enquirer.prompt<{ answer: Value }>(asked)
    return { type: 'chosen', value: answer }
  } catch (error) {
    // Enquirer rejects with a string, or nothing, when the user leaves; an Error is an error.
    if (error instanceof Error) throw error
    return { type: lastKey === 'escape' ? 'back' : 'cancel' }
  }
}

/** What is used of enquirer's prompts; its types lack it. */
interface RunningPrompt {
  /** What is typed. */
  input: string
  stop: () => void
  cancel: (reason?: unknown) => Promise<void>
  /** What follows the question: that it can be answered with yes or no, a dot, and the answer. */
  default?: string
  separator: () => Promise<string>
  format: () => unknown
  render: () => Promise<void>
  on(event: 'keypress', listener: (input: string, key: Key) => void): void
  once(event: 'start' | 'close', listener: () => void): void
  off(event: 'close', listener: () => void): void
}

interface Key {
  name?: string
  ctrl?: boolean
  /** What enquirer does with it. */
  action?: string
}

/** Ctrl-Z stops the process; when it continues, Node has paused the keyboard, and shows nothing of the question. */
function resumeSafely(prompt: RunningPrompt, stdin: NodeJS.ReadStream): void {
  const goOn = () => {
    setImmediate(() => {
      stdin.resume()
      void prompt.render()
    })
  }
  process.on('SIGCONT', goOn)
  prompt.once('close', () => process.off('SIGCONT', goOn))
}

/** A question that is left has no answer; enquirer would show the one that Enter would have given. */
function cancelWithoutAnswer(prompt: RunningPrompt): void {
  const { cancel } = prompt
  prompt.cancel = (reason) => {
    prompt.default = ''
    prompt.separator = async () => ''
    prompt.format = () => ''
    return cancel.call(prompt, reason)
  }
}

/**
 * From Node 22 on, enquirer's way to release the keyboard throws after Ctrl-C: it pauses an interface that Node has
 * closed by then. There is nothing left to release in that case.
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
