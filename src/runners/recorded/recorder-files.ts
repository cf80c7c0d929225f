import { relative } from 'node:path'
import type { ProcessIdentity } from '../../../machines/session.ts'
import { moveUnlessThere } from '../../files/create-once.ts'
import { writeDraft, writeDurably } from '../../files/write-file.ts'
import type { EndedFor } from '../evidence.ts'

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
  return moveUnlessThere(writeDraft(files.start, JSON.stringify(start)), files.start)
}

/** Replaces a start or exit file, durably; a reader sees the old one or the new one. */
export function replaceFile(path: string, value: StartFile | ExitFile): void {
  writeDurably(path, JSON.stringify(value))
}

/** Writes the prompt, durably. An agent still reading the earlier, identical file is not disturbed. */
export function writePrompt(files: SessionFiles, prompt: string): void {
  writeDurably(files.prompt, prompt)
}
