import { readFileSync } from 'node:fs'
import * as z from 'zod/mini'
import { messageOf, systemCode, WorkError } from '../../errors.ts'
import { refusalHint } from '../../files/refusal.ts'
import { decodeText } from '../../files/encoding.ts'
import { describeIssue } from './issues.ts'
import { deepestNesting, findTooDeep } from './nesting.ts'
import { findFault, locate, positionAt, type PathStep } from './position.ts'

/** A file in messages: `label` is its path from the repository root. */
export interface FileName {
  path: string
  label: string
}

/**
 * The text of a file, without the byte order mark that some editors add; undefined if there is no file. Throws a
 * `WorkError` (`file-unreadable`) for any other problem.
 */
export function readText(name: FileName): string | undefined {
  return readExactText(name)?.replace(/^\uFEFF/, '')
}

/**
 * The same with its byte order mark, so that writing it back gives the same bytes. `notUtf8` is the code of the
 * encoding error.
 */
export function readExactText({ path, label }: FileName, notUtf8?: string): string | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw unreadable(label, error)
  }
  return decodeText(label, bytes, notUtf8)
}

/** The `WorkError` (`file-unreadable`) for a system error. */
function unreadable(label: string, error: unknown): WorkError {
  return new WorkError(`${label} can't be read: ${messageOf(error)}.`, {
    code: 'file-unreadable',
    hint: refusalHint(error) ?? 'Check that it is a file, and check its permissions.',
    cause: error,
  })
}

/** Like `JSON.parse`, but its `WorkError` (`file-conflict`, `file-broken`, `file-too-deep`) names line and column. */
export function parseJson({ label }: FileName, text: string): unknown {
  const deep = findTooDeep(text)
  if (deep !== undefined) {
    const words = `nested too deep, expected at most ${deepestNesting} levels`
    throw new WorkError(`${placeOf(label, text, deep)}: ${words}.`, {
      code: 'file-too-deep',
      hint: restoreHint(label),
    })
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw conflictIn(label, text) ?? brokenJson(label, text, error)
  }
}

/** The `WorkError` (`file-invalid`) for JSON that does not match its schema. */
export function invalidFile(
  { label }: FileName,
  text: string,
  value: unknown,
  schema: z.core.$ZodType,
): WorkError {
  const { error } = z.safeParse(schema, value)
  if (error === undefined) throw new Error(`${label}: zod accepts what its guard refuses`)
  const { path, text: words } = describeIssue(error, value)
  return invalidAt(label, text, path, words)
}

/** A `WorkError` (`file-invalid`) about the value at `path`. */
export function invalidAt(label: string, text: string, path: readonly PathStep[], words: string): WorkError {
  return new WorkError(`${placeOf(label, text, locate(text, path))}: ${words}.`, {
    code: 'file-invalid',
    hint: restoreHint(label),
  })
}

function conflictIn(label: string, text: string): WorkError | undefined {
  const line = text.split('\n').findIndex((each) => each.startsWith('<<<<<<<')) + 1
  if (line === 0) return undefined
  return new WorkError(`${label}:${line}: found markers of an unresolved merge conflict (<<<<<<<).`, {
    code: 'file-conflict',
    hint: `Resolve the conflict in ${label}, then run the command again.`,
  })
}

function brokenJson(label: string, text: string, cause: unknown): WorkError {
  const { offset, expected } = findFault(text) ?? { offset: 0, expected: 'JSON' }
  const found =
    offset >= text.length
      ? 'the end of the file'
      : JSON.stringify(text.slice(offset).split('\n')[0]?.slice(0, 20))
  return new WorkError(
    `${placeOf(label, text, offset)}: invalid JSON: found ${found}, expected ${expected}.`,
    {
      code: 'file-broken',
      hint: restoreHint(label),
      cause,
    },
  )
}

/** `tasks.json:12:3` */
export function placeOf(label: string, text: string, offset: number): string {
  const { line, column } = positionAt(text, offset)
  return `${label}:${line}:${column}`
}

function restoreHint(label: string): string {
  return `Correct it by hand: git diff -- ${label} shows what changed.`
}
