import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { streamPaths, workspaceAt, type StreamPaths, type Workspace } from '../../src/paths.ts'

/** The current time in tests. */
export const now = () => new Date('2026-02-03T04:05:06.789Z')

/** A repository in its own folder, which is removed when the test ends. */
export function makeWorkspace(): Workspace & { stream: StreamPaths } {
  const root = mkdtempSync(join(tmpdir(), 'work-store-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const workspace = workspaceAt(root)
  const stream = streamPaths(workspace, '001-demo')
  mkdirSync(stream.folder, { recursive: true })
  return { ...workspace, stream }
}

/** Writes a value as JSON, or a text as it is; returns the text. */
export function put(path: string, content: unknown): string {
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return text
}

/** The text of a file. */
export function get(path: string): string {
  return readFileSync(path, 'utf8')
}

/** The error that `action` throws or rejects with; undefined if there is none. */
export async function thrownBy(action: () => unknown): Promise<unknown> {
  try {
    await action()
    return undefined
  } catch (error) {
    return error
  }
}
