import { expect, test } from 'vitest'
import { requireRoom, sizeOfFiles } from '../../src/clones/room.ts'
import { thrownBy } from '../builders/workspace.ts'

test('the size of the files is the sum of all blobs', () => {
  const id = 'a'.repeat(40)
  const lines = [
    `100644 blob ${id}      12\ta b.txt`,
    `160000 commit ${id}       -\tsub`,
    `120000 blob ${id}       8\tlink`,
  ]
  expect(sizeOfFiles(lines.join('\n'))).toBe(20)
})

test('a disk with room for the files and 1 GiB is enough, a byte less is not', async () => {
  const files = 300 * 1024 ** 2
  const enough = files + 1024 ** 3
  expect(() => requireRoom({ free: enough, files, folder: '/trees' })).not.toThrow()
  expect(await thrownBy(() => requireRoom({ free: enough - 1, files, folder: '/trees' }))).toMatchObject({
    code: 'clone-setup',
    message:
      'No room for a clone in /trees: 1324 MB are free, and 1324 MB are needed (300 MB of files, and 1024 MB to spare).',
  })
})
