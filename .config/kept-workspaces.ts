import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Absolute path of the folder in which the tests keep workspaces that several of them begin with. */
    keptWorkspaces: string
  }
}

/** Makes the folder of kept workspaces for one run of the tests. */
export default function keepWorkspaces(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'work-kept-'))
  project.provide('keptWorkspaces', folder)
  return () => rmSync(folder, { recursive: true })
}
