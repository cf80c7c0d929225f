import { chmodSync, cpSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeRepository, type TestWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { openTerminal, type TestTerminal } from '../helpers/terminal.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** How wide the terminal is, and so high that nothing leaves it. */
const size = { columns: 80, rows: 120 }

/** Looks at a question that does not become what is written, until it is taken for what should be. */
const mostLooks = 100

/** Whether what is shown is what is written. */
type IsWritten = (shown: string[]) => boolean

/** Types what a page says into a shell in a new repository, and reads the screen. */
export class Typist {
  readonly #workspace: TestWorkspace
  readonly #terminal: TestTerminal
  /** A copy of the repository. */
  readonly #kept: string
  #isKept = false
  /** What was shown last below the command. */
  #last: string[] = []

  static async sit(): Promise<Typist> {
    const workspace = makeRepository()
    const bin = join(workspace.home, '..', 'bin')
    workspace.write('../bin/work', `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`)
    chmodSync(join(bin, 'work'), 0o755)
    const typist = new Typist(workspace)
    typist.#enter(`PATH="${bin}:$PATH" PS1='ready '`)
    // Its first prompt may be before this one, in the same line: what was typed before it is echoed above.
    await typist.#until(() => typist.#screen().at(-1)?.endsWith('ready'))
    typist.#enter("PS1='$ '")
    await typist.#until(() => typist.#screen().at(-1) === '$')
    return typist
  }

  private constructor(workspace: TestWorkspace) {
    this.#workspace = workspace
    this.#terminal = openTerminal(workspace, size)
    this.#kept = join(dirname(workspace.root), 'kept')
  }

  write(path: string, text: string): void {
    this.#workspace.write(path, text)
  }

  /** Goes back to the repository as it was when this was asked for the first time. */
  async beginAnew(): Promise<void> {
    const { root } = this.#workspace
    const copied = { recursive: true, verbatimSymlinks: true }
    if (!this.#isKept) cpSync(root, this.#kept, copied)
    this.#isKept = true
    // The folder itself stays: a session belongs to the checkout in which it was started.
    for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true })
    cpSync(this.#kept, root, copied)
    await this.#clear()
    this.#enter(`cd "${root}"`)
    await this.#until(() => this.#screen().length > 1 && this.#screen().at(-1) === '$')
  }

  /** Types a command. Gives what it shows: until its end, or if it asks, until its question. */
  async type(command: string, asks: boolean, isWritten: IsWritten): Promise<string[]> {
    await this.#clear()
    this.#enter(command)
    await this.#until(() => this.#screen()[0]?.startsWith('$ '))
    return this.#read(asks, isWritten)
  }

  /** Answers questions. Gives what is shown from the first line on that is not as before. */
  async answer(answers: string[][], asks: boolean, isWritten: IsWritten): Promise<string[]> {
    const before = this.#last
    const sinceBefore = (shown: string[]) => {
      const first = shown.findIndex((line, index) => line !== before[index])
      return first < 0 ? [] : shown.slice(first)
    }
    for (const [index, keys] of answers.entries()) {
      const answered = this.#answered()
      for (const key of keys) {
        if (key.startsWith('"')) this.#terminal.type(key.slice(1, -1))
        else this.#terminal.press(key)
      }
      if (index < answers.length - 1) {
        await this.#until(() => this.#answered() > answered && this.#screen().some(isQuestion))
      }
    }
    return sinceBefore(await this.#read(asks, (shown) => isWritten(sinceBefore(shown))))
  }

  async #read(asks: boolean, isWritten: IsWritten): Promise<string[]> {
    let looks = 0
    let shown: string[] = []
    await this.#until(() => {
      const below = this.#screen().slice(1)
      const looked = asks ? below : below.slice(0, -1)
      looks = String(looked) === String(shown) ? looks + 1 : 0
      shown = looked
      if (!asks) return below.at(-1) === '$'
      return below.some(isQuestion) && (isWritten(shown) || looks > mostLooks)
    })
    this.#last = shown
    return shown
  }

  /** Waits; after too long the error has the screen. */
  async #until(condition: () => unknown): Promise<void> {
    try {
      await until(condition)
    } catch (cause) {
      throw new Error(`The terminal does not go on:\n${this.#screen().join('\n')}`, { cause })
    }
  }

  #enter(command: string): void {
    this.#terminal.type(command)
    this.#terminal.press('Enter')
  }

  /** On an empty screen a new prompt differs from the one before. */
  async #clear(): Promise<void> {
    if (String(this.#screen()) === '$') return
    this.#enter('clear')
    await this.#until(() => String(this.#screen()) === '$')
  }

  /** How many questions have their answer. */
  #answered(): number {
    return this.#screen().filter((line) => line.startsWith('✔ ')).length
  }

  /** What is shown now, without empty lines at the end. */
  #screen(): string[] {
    return this.#terminal.text().trimEnd().split('\n')
  }
}

function isQuestion(line: string): boolean {
  return line.startsWith('? ')
}
