import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WorkError } from '../../src/errors.ts'
import { writeDerived } from '../../src/store/atomic-write.ts'

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'work-derived-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

describe('files that can be made again', () => {
  it('are written with their folders, or replaced, and leave nothing else', () => {
    const folder = makeFolder()
    const [first, second] = [join(folder, 'a/b/1.md'), join(folder, 'a/b/2.md')]
    writeDerived([
      { path: first, text: 'one' },
      { path: second, text: 'two' },
    ])
    writeDerived([{ path: first, text: 'another' }])
    expect([first, second].map((path) => readFileSync(path, 'utf8'))).toEqual(['another', 'two'])
    expect(readdirSync(join(folder, 'a/b'))).toEqual(['1.md', '2.md'])
  })

  it('keep their mode, and what a link leads to is replaced', () => {
    const folder = makeFolder()
    const [target, link] = [join(folder, 'target.md'), join(folder, 'link.md')]
    writeFileSync(target, 'old')
    chmodSync(target, 0o660)
    symlinkSync(target, link)
    writeDerived([{ path: link, text: 'new' }])
    expect(readFileSync(target, 'utf8')).toBe('new')
    expect(statSync(target).mode & 0o777).toBe(0o660)
    expect(readdirSync(folder)).toEqual(['link.md', 'target.md'])
  })

  it('that can not be written are named, and the old text stays', () => {
    const folder = makeFolder()
    mkdirSync(join(folder, 'taken.md'))
    const path = join(folder, 'taken.md')
    const write = () => writeDerived([{ path, text: 'x' }])
    expect(write).toThrow(WorkError)
    expect(write).toThrow(`${path} could not be written`)
    expect(readdirSync(folder)).toEqual(['taken.md'])
  })
})
