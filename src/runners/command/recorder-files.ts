import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import type { ProcessIdentity } from '../../../machines/session.ts'
import { systemCode } from '../../errors.ts'
import { draftName, removeDrafts } from '../../files/drafts.ts'
import { moveUnlessThere } from '../../files/create-once.ts'
import type { EndedFor } from '../runner.ts'

/** The files of one session, as absolute paths. */
export interface SessionFiles {
  /** The prompt. */
  prompt: string
  /** Standard output of the agent. */
  out: string
  /** Standard error of the agent. */
  err: string
  /** Who runs it. Created once, by the first process that claims the session. */
  start: string
  /** How it ended. */
  exit: string
}

/** `abandoned`: the session was cancelled before it started, and must not be started any more. */
export type StartFile =
  | {
      recorder: ProcessIdentity
      agent?: ProcessIdentity | undefined
      at: string
      /** Time limit of the recorder, in milliseconds; absent for no limit. */
      timeout?: number | undefined
      /** Set while the recorder is ending the session. */
      endedFor?: EndedFor | undefined
    }
  | { abandoned: true; at: string }

/** `error`: the program could not be started. `endedFor`: its recorder or keeper ended it. */
export type ExitFile =
  | { code: number | null; signal: string | null; at: string; endedFor?: EndedFor | undefined }
  | { error: { code: string; message: string }; at: string }

/** The files with the common prefix `base`: `…/logs/01.01.01/2`. */
export function sessionFiles(base: string): SessionFiles {
  return {
    prompt: `${base}.prompt.md`,
    out: `${base}.log`,
    err: `${base}.err`,
    start: `${base}.start.json`,
    exit: `${base}.exit.json`,
  }
}

/** The same files, as paths relative to the folder `root`. */
export function filesBelow(root: string, files: SessionFiles): SessionFiles {
  const { prompt, out, err, start, exit } = files
  const below = (path: string) => relative(root, path)
  return { prompt: below(prompt), out: below(out), err: below(err), start: below(start), exit: below(exit) }
}

/**
 * Creates the complete start file, unless there is one: of any number of competing processes, exactly one gets `true`.
 * This makes starting a session idempotent.
 */
export function claimStart(files: SessionFiles, start: StartFile): boolean {
  return moveUnlessThere(writeDraft(files.start, start), files.start)
}

/** Replaces a start or exit file, durably; a reader sees the old one or the new one. */
export function replaceFile(path: string, value: StartFile | ExitFile): void {
  renameSync(writeDraft(path, value), path)
}

/** Writes the prompt, durably. An agent still reading the earlier, identical file is not disturbed. */
export function writePrompt(files: SessionFiles, prompt: string): void {
  renameSync(writeDraft(files.prompt, prompt), files.prompt)
}

/** Creates one folder at a time: in a working folder that was deleted, Node's recursive mkdir never returns. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
}

function writeDraft(path: string, value: StartFile | ExitFile | string): string {
  const draft = draftName(path)
  // Every time, not only the first: the folder may have been removed while the session was running.
  makeFolder(dirname(path))
  removeDrafts(dirname(path))
  const file = openSync(draft, 'w')
  try {
    const text = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
    // A full disk shows as a short write before it shows as an error.
    if (writeSync(file, text) !== text.length) throw new Error(`Short write to ${draft}.`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return draft
}
