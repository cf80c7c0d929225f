import { linkSync, renameSync, statSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { draftName, removeDrafts } from '../files/drafts.ts'
import { exitCodes, systemCode, WorkError } from '../errors.ts'
import { readText, type FileName } from './json/json-file.ts'
import { makeRunFolder } from './runtime-dir.ts'
import { advice, shell, work, type Hint } from '../text/hint.ts'

/** A file whose last text written by `work` is kept under a second name. */
export interface RememberedFile extends FileName {
  /** Absolute: the second name. */
  last: string
  /** Absolute: the repository, for commands in hints. */
  root: string
  /** Whether a text records running sessions. Another file at `path` would then lose track of them. */
  recordsRunning: (text: string) => boolean
}

/** A text that `work` wrote and that is no longer at its path. */
export interface Displaced {
  text: string
  /** The error for a process that would have to write there. */
  error: WorkError
}

/**
 * Gives the text just written to `path` a second name, as a hard link. When git or an editor replaces the file, the
 * second name still has what `work` wrote. If the link can't be made, as on a file system without links, only this
 * comparison is lost: the write itself is already durable.
 */
export function rememberWritten({ path, last }: RememberedFile): void {
  const draft = draftName(last)
  try {
    makeRunFolder(last)
    removeDrafts(dirname(last))
    linkSync(path, draft)
    renameSync(draft, last)
  } catch (error) {
    if (error instanceof WorkError || systemCode(error) === undefined) throw error
  }
}

/**
 * What `work` wrote last, if the file is missing or was replaced by an older version while sessions are recorded as
 * running; undefined if the current file may be used. `found` is the text at `path`; `known` is what this process has
 * seen there, in case the second name was removed too.
 */
export function findDisplaced(
  file: RememberedFile,
  found: string | undefined,
  known: string | undefined,
): Displaced | undefined {
  if (found !== undefined && isSameFile(file.path, file.last)) return undefined
  const kept = readKept(file.last)
  const text = kept ?? known
  if (text === undefined || text === found || !file.recordsRunning(text)) return undefined
  if (found === undefined) return { text, error: fileGone(file, kept !== undefined) }
  const [now, before] = [updatedOf(found), updatedOf(text)]
  if (now === undefined || before === undefined || now >= before) return undefined
  return { text, error: fileOlder(file, now, before, kept !== undefined) }
}

function isSameFile(path: string, other: string): boolean {
  try {
    const [one, two] = [path, other].map((each) => statSync(each, { throwIfNoEntry: false }))
    return one !== undefined && two !== undefined && one.dev === two.dev && one.ino === two.ino
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return false
  }
}

/** The text under the second name. If work/.run can't be read, tasks.json can still be shown. */
export function readKept(last: string): string | undefined {
  try {
    return readText({ path: last, label: last })
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    return undefined
  }
}

/** The time of the last write in a text. ISO times compare as strings. */
function updatedOf(text: string): string | undefined {
  return /"last_updated":\s*"(\d{4}-[^"]*)"/.exec(text)?.[1]
}

/** The `WorkError` (`state-gone`) for a file that existed and is now missing. */
export function fileGone(
  file: Pick<RememberedFile, 'path' | 'label' | 'last' | 'root'>,
  isKept: boolean,
): WorkError {
  return new WorkError(`${file.label} is missing.`, {
    code: 'state-gone',
    hint: advice`Put it back (${waysBack(file, isKept)}), then: ${work('continue')}`,
    exitCode: exitCodes.unfinished,
  })
}

function fileOlder(file: RememberedFile, now: string, before: string, isKept: boolean): WorkError {
  const back = advice`Put the newer one back (${waysBack(file, isKept)}), then: ${work('continue')}`
  return new WorkError(
    `${file.label} was replaced by an older version while threads were running: it was written at ${now}, but work last wrote it at ${before}.`,
    {
      code: 'state-gone',
      hint: isKept
        ? advice`${back}. To keep the older one: ${shell('rm', relative(file.root, file.last))}`
        : back,
      exitCode: exitCodes.unfinished,
    },
  )
}

function waysBack(
  { path, last, root }: Pick<RememberedFile, 'path' | 'last' | 'root'>,
  isKept: boolean,
): Hint {
  const pop = shell('git', 'stash', 'pop')
  if (!isKept) return advice`such as with ${pop}`
  const [from = '', to = '', folder = ''] = [last, path, dirname(path)].map((each) => relative(root, each))
  return advice`${pop}, or: ${shell('mkdir', '-p', folder)} && ${shell('cp', '-p', from, to)}`
}
