import { relative } from 'node:path'
import { GrowingFile } from './growing-file.ts'

/** A piece of a session's output. */
export interface OutputEntry {
  /** ISO time; null if the log has none. */
  at: string | null
  /** For a program: a line of `text` or of `stderr`. For opencode: what it wrote or did. */
  kind: 'text' | 'stderr' | 'tool' | 'result' | 'permission' | 'retry' | 'error'
  /** As it was written: not safe to print. May have several lines. */
  text: string
}

/** The output of a session, read piece by piece as it grows. */
export interface SessionOutput {
  /** The log, relative to the repository. */
  path: string
  /** Whether there is anything to read. */
  exists(): boolean
  /** The output since the last call, in pieces that fit in memory. Throws a `WorkError` (`log-unreadable`). */
  read(): Generator<OutputEntry[]>
  /** The rest when no more output comes: a last line without a line break. */
  rest(): OutputEntry[]
}

/** A file of a session, and what its lines mean. */
export interface OutputSource {
  file: GrowingFile
  entriesOf: (line: string) => OutputEntry[]
  /** What its lines have begun and no line has ended. */
  rest?: () => OutputEntry[]
}

/** The output that these sources contain; `path` is the log, absolute, and `root` the repository. */
export function openSources(root: string, path: string, sources: OutputSource[]): SessionOutput {
  return {
    path: relative(root, path),
    exists: () => sources.some(({ file }) => file.exists()),
    *read() {
      for (const { file, entriesOf } of sources) {
        for (const lines of file.read()) yield lines.flatMap(entriesOf)
      }
    },
    rest: () =>
      sources.flatMap(({ file, entriesOf, rest }) => [
        ...file.rest().flatMap(entriesOf),
        ...(rest?.() ?? []),
      ]),
  }
}

/** The output of a program: the lines of both its streams, as they are. */
export function openLines(root: string, out: string, err: string): SessionOutput {
  return openSources(root, out, [linesAs('text', out), linesAs('stderr', err)])
}

function linesAs(kind: 'text' | 'stderr', path: string): OutputSource {
  return { file: new GrowingFile(path), entriesOf: (text) => [{ at: null, kind, text }] }
}
