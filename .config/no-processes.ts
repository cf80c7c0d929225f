import { subscribe } from 'node:diagnostics_channel'
import { afterAll, afterEach, vi } from 'vitest'

/** Fails a unit test that starts a process, also one that starts it through `src` or a package. */
const started: Error[] = []
subscribe('child_process', () => {
  started.push(new Error('This unit test starts a process: name its file *.process.test.ts.'))
})

afterEach(() => {
  const [first] = started.splice(0)
  if (first !== undefined) throw first
})

// The files share their modules: one that is still being loaded when a file ends would be lost to all others.
afterAll(() => vi.dynamicImportSettled())
