import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { screenFolder, workingFolder } from '../../src/runners/session-paths.ts'
import { runningSession } from '../builders/records.ts'
import { makeRoot } from './sessions.ts'

it('a session works in its clone; once that is removed, no screen can show it', () => {
  const root = makeRoot()
  const session = {
    root,
    record: runningSession({ cwd: 'work/.trees/001-01.01.01', branch: 'workthread/x' }),
  }
  const clone = join(root, 'work/.trees/001-01.01.01')
  expect(workingFolder(session)).toBe(clone)
  expect(() => screenFolder(session)).toThrow(
    'worked in work/.trees/001-01.01.01, which is not there any more',
  )
  mkdirSync(clone, { recursive: true })
  expect(screenFolder(session)).toBe(clone)
})
