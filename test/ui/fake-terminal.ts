import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** A terminal for prompts: a test types on it and reads what it shows. */
export function fakeTerminal() {
  const stdin = new FakeInput()
  const stdout = new FakeOutput()
  return {
    stdin,
    stdout,
    shown: () => stdout.shown,
    /** Resolves when this is on the screen. */
    waitFor: async (text: string) => {
      while (!stdout.shown.includes(text)) await delay(5)
    },
    /** Presses keys as soon as the question is on the screen. */
    type: async (keys: string) => {
      while (!stdout.shown.includes('?')) await delay(5)
      stdin.emit('data', Buffer.from(keys))
    },
  }
}

class FakeInput extends Socket {
  readonly isTTY = true
  isRaw = false

  setRawMode(mode: boolean): this {
    this.isRaw = mode
    return this
  }
}

class FakeOutput extends Socket {
  readonly isTTY = true
  readonly columns = 80
  readonly rows = 24
  shown = ''

  override write(text: Uint8Array | string): boolean {
    this.shown += String(text)
    return true
  }

  clearLine = () => true
  clearScreenDown = () => true
  cursorTo = () => true
  moveCursor = () => true
  getColorDepth = () => 1
  hasColors = () => false
  getWindowSize = (): [number, number] => [this.columns, this.rows]
}
