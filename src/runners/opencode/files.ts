import { existsSync } from 'node:fs'
import { requireInside } from '../../files/inside.ts'
import { writeDurably } from '../../files/write-file.ts'
import type { SeenSession } from '../../process/membership.ts'
import { logBase } from '../session-paths.ts'

/** The files of an opencode session, as absolute paths. */
export interface OpencodeFiles {
  /** Its events. */
  events: string
  /** The prompt, written when it was delivered. */
  prompted: string
  /** The same, as earlier versions named it. */
  promptedBefore: string
  /** Why the keeper of its server ended it. */
  exit: string
}

/** The files of a session. Throws a `WorkError` (`no-log`) for a record that does not name them. */
export function opencodeFiles(session: SeenSession): OpencodeFiles {
  const base = logBase(session)
  const files = {
    events: `${base}.log`,
    prompted: `${base}.prompted.md`,
    promptedBefore: `${base}.prompt.md`,
    exit: `${base}.exit.json`,
  }
  for (const path of Object.values(files)) requireInside(session.root, path)
  return files
}

/** Whether its prompt was delivered, as far as its files say. */
export function wasPrompted({ prompted, promptedBefore }: OpencodeFiles): boolean {
  return existsSync(prompted) || existsSync(promptedBefore)
}

/** Records that the prompt was delivered, durably. */
export function markPrompted({ prompted }: OpencodeFiles, prompt: string): void {
  writeDurably(prompted, prompt)
}
