import { statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { explainRefusal, foreignOwner } from '../src/refusal.ts'

function systemError(code: string, path?: string): Error {
  return Object.assign(new Error(`${code}: no, open '${path ?? ''}'`), { code, path })
}

describe('what the system refuses about a file', () => {
  it.each([
    [
      'EACCES',
      'permission denied',
      /^(Make it accessible: chmod -R u\+rwX |sudo chown -R "\$\(id -u\):\$\(id -g\)" )/,
    ],
    ['EROFS', 'the file system is read-only', /^ls -ld /],
    ['ENOSPC', 'the disk has no room for it', /^Free some space.*df -i /],
    ['ENAMETOOLONG', 'the name is too long', /^ls -ld /],
    ['EISDIR', 'it is a folder, expected a file', /^ls -ld /],
    ['ENOTDIR', 'a part of its path is a file, expected a folder', /^ls -ld /],
  ])('as %s is a sentence that names the path, with a command that helps', (code, words, hint) => {
    const path = join(tmpdir(), 'nowhere', '.run', 'locks')
    const error = explainRefusal(systemError(code, path))
    expect(error).toMatchObject({ code: 'file-refused', exitCode: 1, hint: expect.stringMatching(hint) })
    expect(error?.message.startsWith(`${path}: ${words}`)).toBe(true)
  })

  it('of a file of another user says whose it is', () => {
    const { uid } = statSync('/proc/1')
    const others = uid === process.getuid?.() ? undefined : foreignOwner('/proc/1')
    expect(others ?? ' (it belongs to root)').toMatch(/belongs to (root|the user with the id \d+)/)
    expect(foreignOwner(join(import.meta.dirname, 'nothing')).includes(String(process.getuid?.()))).toBe(
      false,
    )
  })

  it.each([['ENOENT'], ['EEXIST'], ['EBADF']])('as %s may be a bug, and stays one', (code) => {
    expect(explainRefusal(systemError(code, '/tmp/x'))).toBeUndefined()
  })

  it('is not taken for another error', () => {
    expect(explainRefusal(new TypeError('x is undefined'))).toBeUndefined()
    expect(explainRefusal('EACCES')).toBeUndefined()
  })
})
