import { cpSync, mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { SessionOrigin } from '../../machines/session.ts'
import { isElsewhere, locateSession, originAt } from '../../src/process/origin.ts'
import { makeRoot } from '../runners/sessions.ts'

const here: SessionOrigin = {
  root: '/repo',
  folder: '1:100',
  host: 'box',
  bootId: 'boot-1',
  pidNamespace: 'pid:[1]',
}

it.each<[string, Partial<SessionOrigin> | undefined, unknown]>([
  ['without an origin, as earlier versions recorded it', undefined, 'here'],
  ['of this checkout, on this system', {}, 'here'],
  ['of this checkout before it was moved', { root: '/old' }, 'here'],
  ['of this checkout whose disk got another number', { folder: '2:100' }, 'here'],
  ['recorded without a pid namespace', { pidNamespace: undefined }, 'here'],
  ['of this boot under another host name', { host: 'laptop-on-wifi' }, 'here'],
  ['from before the last reboot', { bootId: 'boot-0' }, 'gone'],
  ['of the checkout that this is a copy of', { root: '/original', folder: '1:99' }, elsewhere('/original')],
  ['of a folder with this name that was replaced', { folder: '1:99' }, elsewhere('/repo')],
  ['of a folder with this inode on another disk', { root: '/other', folder: '2:100' }, elsewhere('/other')],
  ['of a copy in a container', { root: '/w', folder: '9:9', pidNamespace: 'pid:[2]' }, elsewhere('/w')],
  ['of another pid namespace', { pidNamespace: 'pid:[2]' }, unknown('host box, process namespace pid:[2]')],
  ['of another host', { host: 'far', bootId: 'b', pidNamespace: undefined }, unknown('host far')],
  [
    'of another host without boot ids',
    { host: 'far', bootId: 'unknown', pidNamespace: undefined },
    unknown('host far'),
  ],
  ['of this host without boot ids', { bootId: 'unknown' }, 'here'],
])('a session %s is located', (_, change, expected) => {
  const origin = change === undefined ? undefined : { ...here, ...change }
  expect(locateSession(origin, here)).toEqual(expected)
})

it('a checkout keeps its sessions when it is moved or reached through a link; a copy has none of them', () => {
  const folder = makeRoot()
  const [root, moved, copy, link] = ['repo', 'moved', 'copy', 'link'].map((name) => join(folder, name))
  if (root === undefined || moved === undefined || copy === undefined || link === undefined) throw new Error()
  mkdirSync(root)
  const session = { origin: originAt(root) }
  expect(isElsewhere(session, root)).toBe(false)
  cpSync(root, copy, { recursive: true })
  renameSync(root, moved)
  symlinkSync(moved, link)
  expect([moved, link, copy].map((place) => isElsewhere(session, place))).toEqual([false, false, true])
  expect(isElsewhere({ origin: undefined }, copy)).toBe(false)
})

function elsewhere(place: string) {
  return { type: 'elsewhere', place }
}

function unknown(place: string) {
  return { type: 'unknown', place }
}
