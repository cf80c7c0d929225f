import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeRunFolder } from '../../src/store/runtime-dir.ts'
import { makeWorkspace, thrownBy } from '../builders/workspace.ts'

it('a repository that was moved away is not recreated, and the error says so', async () => {
  const { root, run } = makeWorkspace()
  rmSync(root, { recursive: true })
  expect(await thrownBy(() => makeRunFolder(join(run, 'locks', 'one')))).toMatchObject({
    name: 'WorkError',
    code: 'repository-gone',
    message: `the repository ${root} no longer exists`,
  })
})
