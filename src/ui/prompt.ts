import { WorkError, exitCodes, systemCode } from '../errors.ts'
import { oneLine } from './text.ts'

/** The terminal that asks; `process.stdin` and `process.stdout` unless told. */
export interface Terminal {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
}

/** One answer to {@link select}: `value` is what it returns, the rest is what is shown. */
export interface Choice<Value extends string> {
  value: Value
  label: string
  hint?: string
}

/** Asks yes or no; Enter says no. Throws a `WorkError` (`cancelled`) on Ctrl-C and Escape. Needs a terminal. */
export async function confirm(message: string, { stdin, stdout }: Terminal = process): Promise<boolean> {
  const { default: enquirer } = await import('enquirer')
  const question = {
    type: 'confirm',
    name: 'answer',
    message: oneLine(message),
    initial: false,
    onRun: closeSafely,
  } as const
  const { answer } = await orCancelled(enquirer.prompt<{ answer: boolean }>({ ...question, stdin, stdout }))
  return answer
}

/** Asks for one of the choices and returns its value. Throws as {@link confirm} does. */
export async function select<Value extends string>(
  message: string,
  choices: readonly Choice<Value>[],
  { stdin, stdout }: Terminal = process,
): Promise<Value> {
  const { default: enquirer } = await import('enquirer')
  const question = {
    type: 'select',
    name: 'answer',
    message: oneLine(message),
    onRun: closeSafely,
    choices: choices.map(({ value, label, hint = '' }) => ({
      name: value,
      message: oneLine(label),
      hint: oneLine(hint),
    })),
  } as const
  const { answer } = await orCancelled(enquirer.prompt<{ answer: string }>({ ...question, stdin, stdout }))
  const chosen = choices.find(({ value }) => value === answer)
  if (chosen === undefined) throw cancelled()
  return chosen.value
}

/** What is used of enquirer's prompts; its types do not tell. */
interface RunningPrompt {
  stop: () => void
  once(event: 'start' | 'close', listener: () => void): void
  off(event: 'close', listener: () => void): void
}

/**
 * From Node 22 on, enquirer's way to let go of the keyboard throws after Ctrl-C: it pauses an interface that Node has
 * closed by then. There is nothing left to let go of in that case.
 */
function closeSafely(this: RunningPrompt): void {
  this.once('start', () => {
    const { stop } = this
    this.off('close', stop)
    this.once('close', () => {
      try {
        stop()
      } catch (error) {
        if (systemCode(error) !== 'ERR_USE_AFTER_CLOSE') throw error
      }
    })
  })
}

/** Enquirer rejects with a string, or nothing, when the user leaves; an Error is an error. */
async function orCancelled<Answer>(answer: Promise<Answer>): Promise<Answer> {
  return answer.catch((error: unknown) => {
    throw error instanceof Error ? error : cancelled()
  })
}

function cancelled(): WorkError {
  return new WorkError('Cancelled: nothing was changed.', {
    code: 'cancelled',
    exitCode: exitCodes.interrupted,
  })
}
