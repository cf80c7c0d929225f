import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { explainRefusal, foreignOwner } from '../../src/files/refusal.ts'

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
    const { uid } = statSync(import.meta.dirname)
    const name = uid === 0 ? 'root' : `the user with the id ${uid}`
    expect(foreignOwner(import.meta.dirname, uid + 1)).toBe(` (it belongs to ${name})`)
    const inside = join(import.meta.dirname, 'nothing')
    expect(foreignOwner(inside, uid + 1)).toBe(` (${import.meta.dirname} belongs to ${name})`)
    expect(foreignOwner(inside, uid)).toBe('')
  })

  it('quotes the path in a command that shows the space', () => {
    const folder = mkdtempSync(join(tmpdir(), "it's $HOME "))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const quoted = `'${folder.replaceAll("'", "'\\''")}'`
    expect(explainRefusal(systemError('ENOSPC', join(folder, 'file')))?.hint).toBe(
      `Free some space, then run the command again: df -h ${quoted}; df -i ${quoted}`,
    )
  })

  it.each([
    ['EMFILE', /ulimit -a/],
    ['ENOSPC', /: df -h; df -i$/],
    ['EACCES', /: work doctor$/],
    ['EPERM', /: work doctor$/],
    ['EROFS', /: work doctor$/],
  ])('as %s without a path has a command that can help', (code, hint) => {
    expect(explainRefusal(systemError(code))?.hint).toMatch(hint)
  })

  it.each([['ENOENT'], ['EEXIST'], ['EBADF']])('as %s may be a bug, and stays one', (code) => {
    expect(explainRefusal(systemError(code, '/tmp/x'))).toBeUndefined()
  })

  it('is not taken for another error', () => {
    expect(explainRefusal(new TypeError('x is undefined'))).toBeUndefined()
    expect(explainRefusal('EACCES')).toBeUndefined()
  })
})
