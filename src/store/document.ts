import { readText, type FileName } from './json-file.ts'
import { withLock } from './lock.ts'

/** What a document store needs to know of its kind of file. */
export interface DocumentFormat<File extends { last_updated: string }> extends FileName {
  /** The kernel lock that guards every write. */
  lock: string
  now: () => Date
  /** The file's text, or undefined when there is none, as checked values. Throws a `WorkError` for what does not fit. */
  load(text: string | undefined): Loaded<File>
  /** What to write. Puts things in order; throws when a change made the file invalid. */
  print(file: File): string
  /** Called under the lock before the text of a migrated file is replaced: puts it somewhere safe. */
  keepOld?(text: string): Promise<void>
}

/** What a file says; `migrated` when its text is of an older version, or was damaged and is changed by that. */
export interface Loaded<File> {
  file: File
  migrated: boolean
}

/** A JSON file that many processes read and change at once. */
export interface DocumentStore<File> {
  /** What the file says now, migrated in memory; never writes. */
  read(): File
  /**
   * Lock → re-read → change → validate → write whole. `change` mutates the file it is given and nothing else: it may
   * be called again when another change of its batch failed. What it throws rejects its own promise and leaves the
   * file as it was. Resolves once durable.
   */
  commit<T>(change: (file: File) => T): Promise<T>
}

/** A change that waits for its write: `apply` returns what to call when it is durable. */
interface Waiting<File> {
  apply(file: File): () => void
  reject(reason: unknown): void
}

/** Opens a file for reads and commits. Changes that arrive while one is written go together in the next write. */
export function openDocument<File extends { last_updated: string }>(
  format: DocumentFormat<File>,
): DocumentStore<File> {
  let waiting: Waiting<File>[] = []
  let busy = false

  return {
    read: () => format.load(readText(format)).file,
    commit: (change) =>
      new Promise((resolve, reject) => {
        waiting.push({
          apply: (file) => {
            const value = change(file)
            return () => resolve(value)
          },
          reject,
        })
        if (!busy) void commitWaiting()
      }),
  }

  async function commitWaiting(): Promise<void> {
    busy = true
    while (waiting.length > 0) {
      let batch: Waiting<File>[] = []
      try {
        await withLock(format.lock, async () => {
          batch = waiting
          waiting = []
          await commitBatch(format, batch)
        })
      } catch (error) {
        // Without the lock nothing was taken from the queue: all that wait are told.
        if (batch.length === 0) [batch, waiting] = [waiting, []]
        for (const change of batch) change.reject(error)
      }
    }
    busy = false
  }
}

async function commitBatch<File extends { last_updated: string }>(
  format: DocumentFormat<File>,
  batch: Waiting<File>[],
): Promise<void> {
  const before = readText(format)
  const { file, migrated } = format.load(before)
  const { text, acknowledge } = applyChanges(format, before, batch, file)
  if (text !== undefined && text !== before) {
    const { writeWhole } = await import('./atomic.ts')
    if (migrated && before !== undefined) await format.keepOld?.(before)
    await writeWhole(format.path, stamp(text, format.now()))
  }
  for (const done of acknowledge) done()
}

interface Applied {
  text: string | undefined
  acknowledge: (() => void)[]
}

/** Applies changes in order to a text. One that throws is rejected, and the others start anew without it. */
function applyChanges<File extends { last_updated: string }>(
  format: DocumentFormat<File>,
  before: string | undefined,
  changes: Waiting<File>[],
  file = format.load(before).file,
): Applied {
  const acknowledge: (() => void)[] = []
  for (const change of changes) {
    try {
      acknowledge.push(change.apply(file))
    } catch (error) {
      change.reject(error)
      return applyChanges(
        format,
        before,
        changes.filter((other) => other !== change),
      )
    }
  }
  if (changes.length === 0) return { text: before, acknowledge }
  try {
    return { text: format.print(file), acknowledge }
  } catch (error) {
    return applySingly(format, before, changes, error)
  }
}

/** The changes leave the file invalid and more than one could be to blame: each is tried on its own. */
function applySingly<File extends { last_updated: string }>(
  format: DocumentFormat<File>,
  before: string | undefined,
  changes: Waiting<File>[],
  error: unknown,
): Applied {
  if (changes.length === 1) {
    for (const change of changes) change.reject(error)
    return { text: before, acknowledge: [] }
  }
  const all: Applied = { text: before, acknowledge: [] }
  for (const change of changes) {
    const one = applyChanges(format, all.text, [change])
    all.text = one.text
    all.acknowledge.push(...one.acknowledge)
  }
  return all
}

/** Sets `last_updated` in printed text: the one line that begins with two spaces and that name. */
function stamp(text: string, now: Date): string {
  return text.replace(
    /\n {2}"last_updated": ".*"/,
    () => `\n  "last_updated": ${JSON.stringify(now.toISOString())}`,
  )
}

/** What `print` throws when a change made the file invalid: a bug of the change, so no `WorkError`. */
export function invalidChange(label: string, fault: string): Error {
  return new Error(`A change would make ${label} invalid, so it was not written: ${fault}.`)
}

/** How documents are written: a person can read them, and git shows what changed. */
export function printJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
