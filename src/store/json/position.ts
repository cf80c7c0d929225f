/** A step into a JSON value: a field name or an item index. */
export type PathStep = string | number

/** Where a text stops being valid JSON, and what was expected there. */
export interface Fault {
  offset: number
  expected: string
}

/** The line and column of an offset, both from 1. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: offset - lineStart + 1 }
}

/** Where the value at `path` begins; for a missing field, the nearest object or list around it. */
export function locate(text: string, path: readonly PathStep[]): number {
  let found = 0
  let depth = -1
  walk(text, (at, offset) => {
    if (at.length <= depth || !at.every((step, index) => step === path[index])) return
    found = offset
    depth = at.length
  })
  return found
}

/** The first place that is not valid JSON; undefined if all is. Slow: only for messages after `JSON.parse` failed. */
export function findFault(text: string): Fault | undefined {
  return walk(text, () => undefined)
}

type Visit = (path: readonly PathStep[], offset: number) => void

/** Thrown inside one walk and caught at its end. */
class FaultFound extends Error {
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.expected)
    this.fault = fault
  }
}

function walk(text: string, visit: Visit): Fault | undefined {
  const path: PathStep[] = []
  let at = 0

  try {
    skipSpace()
    readValue()
    skipSpace()
    if (at < text.length) fail('the end of the file')
    return undefined
  } catch (error) {
    if (error instanceof FaultFound) return error.fault
    throw error
  }

  function readValue(): void {
    visit(path, at)
    if (text[at] === '{') readObject()
    else if (text[at] === '[') readList()
    else readToken(/"(?:[^"\\\n]|\\.)*"|[-+.\w]+/y, 'a value')
  }

  function readObject(): void {
    readItems('}', (index) => {
      const key = readToken(/"(?:[^"\\\n]|\\.)*"/y, index === 0 ? 'a "name" or }' : 'a "name"')
      skipSpace()
      take(/:/y, ':')
      skipSpace()
      return String(JSON.parse(key))
    })
  }

  function readList(): void {
    readItems(']', (index) => index)
  }

  function readItems(end: string, readStep: (index: number) => PathStep): void {
    at++
    skipSpace()
    for (let index = 0; index > 0 || text[at] !== end; index++) {
      path.push(readStep(index))
      readValue()
      path.pop()
      skipSpace()
      if (text[at] === end) break
      take(/,/y, `, or ${end}`)
      skipSpace()
    }
    at++
  }

  function skipSpace(): void {
    while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  }

  /** Reads a string, number or word. `JSON.parse` decides whether it is valid. */
  function readToken(pattern: RegExp, expected: string): string {
    const start = at
    const token = take(pattern, expected)
    try {
      JSON.parse(token)
    } catch {
      at = start
      fail(expected)
    }
    return token
  }

  function take(pattern: RegExp, expected: string): string {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found === undefined) fail(expected)
    at += found.length
    return found
  }

  function fail(expected: string): never {
    throw new FaultFound({ offset: at, expected })
  }
}
