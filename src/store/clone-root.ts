import { basename, dirname, join } from 'node:path'
import { lstatSync, readFileSync } from 'node:fs'
import { systemCode } from '../errors.ts'

/** The file by which a clone that `work` made is known. */
export function markPath(clone: string): string {
  return join(clone, '.git', 'work.json')
}

/** What is in the mark of a clone; undefined if the folder is no clone of `work`, or its mark is damaged. */
export function readMarkValue(clone: string): Record<string, unknown> | undefined {
  const path = markPath(clone)
  try {
    // A linked worktree has a file there, and a link would lead to another repository.
    if (!lstatSync(dirname(path)).isDirectory()) return undefined
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isFields(value) ? value : undefined
  } catch (error) {
    if (systemCode(error) === undefined && !(error instanceof SyntaxError)) throw error
    return undefined
  }
}

/**
 * Where the main repository of a clone may be, the likeliest first: the one whose `work/.trees` the clone is in, as that
 * may have been moved, then the one that it was made of. Empty if the folder is no clone of `work`.
 */
export function mainRootsOf(clone: string): string[] {
  const mark = readMarkValue(clone)
  if (mark === undefined) return []
  const trees = dirname(clone)
  const work = dirname(trees)
  const isInPlace = basename(trees) === '.trees' && basename(work) === 'work'
  const recorded = mark['root']
  return [...(isInPlace ? [dirname(work)] : []), ...(typeof recorded === 'string' ? [recorded] : [])]
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
