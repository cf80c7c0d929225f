import { WorkError } from '../errors.ts'
import { readText, type FileName } from './json-file.ts'
import { requireLossless } from './fidelity.ts'
import {
  findDisplaced,
  readKept,
  rememberWritten,
  type Displaced,
  type RememberedFile,
} from './last-written.ts'
import { withLock, type HeldLock } from './lock.ts'

function loadAtomic() {
  return import('./atomic.ts')
}

/** Loads what a commit takes. */
export async function preloadWriting(): Promise<void> {
  await (await loadAtomic()).loadWriter()
}

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
  /** Where the last text that was written is kept, for a file that may go away or be put back while sessions run. */
  remembered?: Pick<RememberedFile, 'last' | 'root' | 'recordsRunning'>
}

/** What a file says; `migrated` when its text is of an older version, or was damaged and is changed by that. */
export interface Loaded<File> {
  file: File
  migrated: boolean
}

/** A JSON file that many processes read and change at once. */
export interface DocumentStore<File> {
  /**
   * What the file says now, migrated in memory; never writes. While sessions are recorded as running and the file is
   * gone, can't be read, or was replaced by an older version, what `work` wrote last, as far as that is known: good
   * enough to be shown.
   */
  read(): File
  /** The same for what is going to be recorded by it: throws a `WorkError` where `commit` would. */
  readSound(): File
  /** Why what `read` gives is not at the file's path; undefined when it is. */
  displaced(): WorkError | undefined
  /**
   * Lock → re-read → change → validate → write whole. `change` mutates the file it is given and nothing else: it may
   * be called again when another change of its batch failed. What it throws rejects its own promise and leaves the
   * file as it was. Resolves once durable. Rejects with a `WorkError` (`state-gone`) when the file is gone, or was
   * replaced by an older version, while sessions are recorded as running.
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
  /** The last text that was read here and is sound, or was written here. */
  let known: string | undefined
  /** The last text that was written here: nothing of it is lost when it is written back. */
  let written: string | undefined

  return {
    read: () => {
      try {
        const text = readText(format)
        const displaced = findElsewhere(text)
        const { file } = format.load(displaced?.text ?? text)
        if (displaced === undefined) known = text ?? known
        return file
      } catch (error) {
        // As in the middle of a merge: whoever has to write there says so.
        if (!(error instanceof WorkError) || !isNeeded(known)) throw error
        // Others may have written since this process saw it.
        return loadKept() ?? format.load(known).file
      }
    },
    readSound: () => {
      const text = readText(format)
      const displaced = findElsewhere(text)
      if (displaced !== undefined) throw displaced.error
      const { file } = format.load(text)
      known = text ?? known
      return file
    },
    displaced: () => findElsewhere(readText(format))?.error,
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
        await withLock(format.lock, async (lock) => {
          batch = waiting
          waiting = []
          const done = await commitBatch(format, batch, { known, written, lock })
          known = done.text
          if (done.isWritten) written = done.text
        })
      } catch (error) {
        // Others may have written since: with the lock that took its place, the changes are applied to that.
        if (error instanceof LockRemoved) {
          waiting = [...batch, ...waiting]
          continue
        }
        // Without the lock nothing was taken from the queue: all that wait are told.
        if (batch.length === 0) [batch, waiting] = [waiting, []]
        for (const change of batch) change.reject(error)
      }
    }
    busy = false
  }

  function findElsewhere(found: string | undefined): Displaced | undefined {
    const { remembered } = format
    return remembered === undefined ? undefined : findDisplaced({ ...format, ...remembered }, found, known)
  }

  /** What the second name has; undefined when that makes no sense either, as when both are one file. */
  function loadKept(): File | undefined {
    const kept = format.remembered && readKept(format.remembered.last)
    if (kept === undefined) return undefined
    try {
      return format.load(kept).file
    } catch (error) {
      if (!(error instanceof WorkError)) throw error
      return undefined
    }
  }

  function isNeeded(text: string | undefined): text is string {
    return text !== undefined && format.remembered?.recordsRunning(text) === true
  }
}

/** Somebody removed the lock's file while it was held. */
class LockRemoved extends Error {}

/** Gives the text that is at the file's path afterwards, and whether it was written here. */
async function commitBatch<File extends { last_updated: string }>(
  format: DocumentFormat<File>,
  batch: Waiting<File>[],
  { known, written, lock }: { known: string | undefined; written: string | undefined; lock: HeldLock },
): Promise<{ text: string | undefined; isWritten: boolean }> {
  const before = readText(format)
  const remembered = format.remembered && { ...format, ...format.remembered }
  const displaced = remembered && findDisplaced(remembered, before, known)
  if (displaced !== undefined) throw displaced.error
  const { file, migrated } = format.load(before)
  const { text, acknowledge } = applyChanges(format, before, batch, file)
  const isChanged = text !== undefined && text !== before
  const after = isChanged ? stamp(text, format.now()) : before
  if (isChanged && after !== undefined) {
    const { writeWhole } = await loadAtomic()
    if (before !== undefined && before !== written) requireLossless(format, before)
    if (migrated && before !== undefined) await format.keepOld?.(before)
    await writeWhole(format.path, after, () => {
      if (!lock.isIntact()) throw new LockRemoved()
    })
    if (remembered !== undefined) rememberWritten(remembered)
  }
  for (const done of acknowledge) done()
  return { text: after, isWritten: isChanged }
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
