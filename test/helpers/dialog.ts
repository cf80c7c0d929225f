import { until } from './until.ts'
import type { TestTerminal } from './terminal.ts'

/** A question, and the keys that answer it: names as tmux has them, or a text. */
export type Step = readonly [question: string, ...keys: string[]]

const named = /^(Enter|Up|Down|Escape|C-c)$/

/** Calls `work` on a cleared screen and answers what it asks, each question once it is shown. */
export async function answer(terminal: TestTerminal, args: string, steps: readonly Step[]): Promise<void> {
  terminal.type('clear')
  terminal.press('Enter')
  await until(() => !terminal.screen().includes('\nexit code '))
  terminal.work(args)
  for (const [question, ...keys] of steps) {
    await untilAsked(terminal, question)
    for (const key of keys) {
      if (named.test(key)) terminal.press(key)
      else terminal.type(key)
    }
  }
}

/** Waits until a question is shown without an answer. */
export async function untilAsked(terminal: TestTerminal, question: string): Promise<void> {
  await untilShown(terminal, `\n? ${question}`)
}

/** Waits until a text is on the screen; fails with what is there instead. */
export async function untilShown(terminal: TestTerminal, text: string): Promise<void> {
  try {
    await until(() => `\n${terminal.screen()}`.includes(text))
  } catch (cause) {
    throw new Error(`Waited in vain for "${text}" on:\n${terminal.screen()}`, { cause })
  }
}
