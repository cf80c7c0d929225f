import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { draftName, removeDrafts } from '../files/drafts.ts'
import { systemCode } from '../errors.ts'

/** The contents of programs that this process may start later, as they were when it began. */
const kept = new Map<string, string>()

/**
 * Reads a program that may be started much later: by then the installed `work` may have been replaced or removed. A
 * missing program is reported when it is started.
 */
export function keepProgram(path: string): void {
  const text = textOf(path)
  if (text !== undefined && !kept.has(path)) kept.set(path, text)
}

/** The path for starting a program: its own, or that of a copy in `folder` if the file changed since it was kept. */
export function programToStart(path: string, folder: string): string {
  const text = kept.get(path)
  if (text === undefined || textOf(path) === text) return path
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
  const copy = join(folder, `${basename(path, '.js')}-${hash}.mjs`)
  if (existsSync(copy)) return copy
  mkdirSync(folder, { recursive: true })
  const draft = draftName(copy)
  removeDrafts(folder)
  writeFileSync(draft, text)
  chmodSync(draft, 0o600)
  renameSync(draft, copy)
  return copy
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}
