import { lstatSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { linkProgram, sessionEnvironment } from '../../src/engine/environment.ts'
import { makeWorkspace } from '../store/workspace.ts'
import { session } from './world.ts'

it('a session is told who it is, finds work first, and keeps what it inherits', () => {
  const workspace = makeWorkspace()
  const base = { PATH: '/usr/bin:/bin', HOME: '/home/me', GONE: undefined, WORK_TOKEN: 'of another' }
  const record = session({ model: 'a/one', attempt: 2, mode: 'resume', token: 'token-2' })
  expect(sessionEnvironment(base, workspace, workspace.stream, '01.01.01', record)).toEqual({
    HOME: '/home/me',
    PATH: `${join(workspace.run, 'bin')}:/usr/bin:/bin`,
    PWD: workspace.root,
    WORK_ROOT: workspace.root,
    WORK_STREAM: '001-demo',
    WORK_THREAD: '01.01.01',
    WORK_SESSION: 'ses_9',
    WORK_ATTEMPT: '2',
    WORK_AGENT: 'default',
    WORK_MODEL: 'a/one',
    WORK_TOKEN: 'token-2',
    WORK_RESUME: '1',
    WORKSTREAM_ROLE: 'AGENT',
  })
})

it('a session without a PATH does not look for programs in its working folder', () => {
  const workspace = makeWorkspace()
  const { PATH } = sessionEnvironment({}, workspace, workspace.stream, '01.01.01', session())
  expect(PATH?.split(':')).not.toContain('')
})

it('the program is linked as work, once, and anew when it has moved', () => {
  const workspace = makeWorkspace()
  const link = join(workspace.run, 'bin', 'work')
  linkProgram(workspace, '/opt/old.js')
  const { ino } = lstatSync(link)
  linkProgram(workspace, '/opt/old.js')
  expect(lstatSync(link).ino).toBe(ino)
  linkProgram(workspace, '/opt/new.js')
  expect(readlinkSync(link)).toBe('/opt/new.js')
})

it('a file that stands where the link should be gives way', () => {
  const workspace = makeWorkspace()
  const link = join(workspace.run, 'bin', 'work')
  mkdirSync(dirname(link), { recursive: true })
  writeFileSync(link, 'a file')
  linkProgram(workspace, '/opt/new.js')
  expect(readlinkSync(link)).toBe('/opt/new.js')
})
