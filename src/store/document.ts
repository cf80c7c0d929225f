import { WorkError } from '../errors.ts'
import { readText, type FileName } from './json/json-file.ts'
import { requireLossless } from './json/fidelity.ts'
import {
  findDisplaced,
  readKept,
  rememberWritten,
  type Displaced,
  type RememberedFile,
} from './last-written.ts'
import { withLock, type HeldLock } from './lock.ts'

function loadAtomic() {
  return import('./atomic-write.ts')
}

/** Loads the modules that a commit needs. */
export async function preloadWriting(): Promise<void> {
  await (await loadAtomic()).loadWriter()
}

/** What a document store must know about its kind of file. */
export interface DocumentFormat<File extends { last_updated: string }> extends FileName {
  /** The kernel lock that guards every write. */
  lock: string
  now: () => Date
  /** Parses and validates the text, or undefined if there is no file. Throws a `WorkError` for invalid text. */
  load(text: string | undefined): LoadedFile<File>
  /** The text to write. Sorts the content; throws if a change made the file invalid. */
  print(file: File): string
  /** Called under the lock before a migrated file is replaced, to back up its old text. */
  keepOld?(text: string): Promise<void>
  /** Where the last written text is kept, for a file that may be deleted or reset while sessions run. */
  remembered?: Pick<RememberedFile, 'last' | 'root' | 'recordsRunning'>
}

/** The content of a file. `migrated`: its text is from an older version, or damage was set aside. */
export interface LoadedFile<File> {
  file: File
  migrated: boolean
}

/** A JSON file that many processes read and change concurrently. */
export interface DocumentStore<File> {
  /**
   * The current content, migrated in memory; never writes. If sessions are recorded as running and the file is
   * missing, unreadable or replaced by an older version, returns what `work` wrote last, as far as known: good enough
   * to show.
   */
  read(): File
  /** The same, to base a change on it: throws a `WorkError` where `commit` would. */
  readSound(): File
  /** Why the result of `read` is not what is at the file's path; undefined if it is. */
  displaced(): WorkError | undefined
  /**
   * Lock → re-read → change → validate → write whole. `change` mutates the file it gets and nothing else: it may be
   * called again if another change of its batch failed. An error in it rejects its own promise and leaves the file
   * unchanged. Resolves once durable. Rejects with a `WorkError` (`state-gone`) if the file is missing, or was
   * replaced by an older version, while sessions are recorded as running.
   */
  commit<T>(change: (file: File) => T): Promise<T>
}

/** A change waiting for its write. `apply` returns what to call once it is durable. */
interface Waiting<File> {
  apply(file: File): () => void
  reject(reason: unknown): void
}

/** Opens a file for reads and commits. Changes that arrive during a write are combined in the next one. */
export function openDocument<File extends { last_updated: string }>(
  format: DocumentFormat<File>,
): DocumentStore<File> {
  let waiting: Waiting<File>[] = []
  let busy = false
  /** The last valid text that was read or written here. */
  let known: string | undefined
  /** The last text that was written here. Writing it back loses nothing. */
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
        // For example in the middle of a merge. A process that must write reports it.
        if (!(error instanceof WorkError) || !isNeeded(known)) throw error
        // Others may have written since this process last read it.
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
        // Others may have written since. The changes are applied again under the lock that replaced it.
        if (error instanceof LockRemoved) {
          waiting = [...batch, ...waiting]
          continue
        }
        // Without the lock nothing was taken from the queue: every waiting change is rejected.
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

  /** The text under the second name; undefined if that is invalid too, for example if both are one file. */
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

/** The lock file was removed while the lock was held. */
class LockRemoved extends Error {}

/** Returns the text that is at the file's path afterwards, and whether it was written here. */
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

/** Applies changes to a text, in order. If one throws, it is rejected and the others start again without it. */
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

/** The changes made the file invalid and more than one may be the cause: each is tried alone. */
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

/** Sets `last_updated` in printed text: the only line that begins with two spaces and that name. */
function stamp(text: string, now: Date): string {
  return text.replace(
    /\n {2}"last_updated": ".*"/,
    () => `\n  "last_updated": ${JSON.stringify(now.toISOString())}`,
  )
}

/** Thrown by `print` if a change made the file invalid. This is a bug, so it is not a `WorkError`. */
export function invalidChange(label: string, fault: string): Error {
  return new Error(`A change would make ${label} invalid, so it was not written: ${fault}.`)
}
