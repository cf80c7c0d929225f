import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemCode } from '../errors.ts'
import { draftName, removeDrafts } from './drafts.ts'

/** Replaces a file, durably; a reader sees the old one or the new one. */
export function writeDurably(path: string, text: string): void {
  renameSync(writeDraft(path, text), path)
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

/**
 * Writes a complete draft beside `path`, durably, and returns its path: to be renamed to `path`, or moved there unless
 * that exists.
 */
export function writeDraft(path: string, text: string): string {
  const draft = draftName(path)
  // Every time, not only the first: the folder may have been removed while the session was running.
  makeFolder(dirname(path))
  removeDrafts(dirname(path))
  const file = openSync(draft, 'w')
  try {
    const bytes = Buffer.from(text)
    // A full disk shows as a short write before it shows as an error.
    if (writeSync(file, bytes) !== bytes.length) throw new Error(`Short write to ${draft}.`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return draft
}
