import type { CommitId } from '../../machines/delivery.ts'
import { writeDurably } from '../files/write-file.ts'
import { markPath, readMarkValue } from '../store/clone-root.ts'

/** What a clone knows about itself, in `.git/work.json`. */
export interface CloneMark {
  /** The main repository that it was made of. */
  root: string
  stream: string
  thread: string
  /** The thread's branch. */
  branch: string
  /** The workstream's branch in the main repository. */
  into: string
  /** The attempt that it was prepared for last, and the token of its session. */
  attempt: number
  token: string
  /** The tip of the workstream's branch that the thread's branch began at. */
  base: CommitId
  /** Whether a session may start in it. */
  prepared: boolean
  /** How far preparing is: it has only its git folder; its files too; what earlier attempts did is dealt with. */
  stage: 'made' | 'filled' | 'continued'
  /** Whether the setup commands have run on the files that are there. */
  isSetUp: boolean
  /** Whether all that is there is kept in the main repository, for an attempt that starts over. */
  isKept?: boolean | undefined
  /** The commit with the files to bring back, until they are there. */
  restore?: CommitId | undefined
  /** Ignored files and folders that were there before the first session, as `listIgnored` describes them. */
  ignored?: string[] | undefined
}

const stages: readonly unknown[] = ['made', 'filled', 'continued'] satisfies CloneMark['stage'][]

/** The mark of the clone in a folder; undefined if the folder is no clone of `work`, or its mark is damaged. */
export function readMark(folder: string): CloneMark | undefined {
  const value: unknown = readMarkValue(folder)
  return isMark(value) ? value : undefined
}

/** Writes the mark of a clone, durably and at once. */
export function writeMark(folder: string, mark: CloneMark): void {
  writeDurably(markPath(folder), `${JSON.stringify(mark, null, 2)}\n`)
}

function isMark(value: unknown): value is CloneMark {
  if (typeof value !== 'object' || value === null) return false
  const fields = new Map<string, unknown>(Object.entries(value))
  const texts = ['root', 'stream', 'thread', 'branch', 'into', 'token', 'base']
  const { ignored, restore } = { ignored: fields.get('ignored'), restore: fields.get('restore') }
  return (
    texts.every((name) => typeof fields.get(name) === 'string') &&
    Number.isInteger(fields.get('attempt')) &&
    typeof fields.get('prepared') === 'boolean' &&
    typeof fields.get('isSetUp') === 'boolean' &&
    stages.includes(fields.get('stage')) &&
    (restore === undefined || typeof restore === 'string') &&
    (ignored === undefined || (Array.isArray(ignored) && ignored.every((each) => typeof each === 'string')))
  )
}
