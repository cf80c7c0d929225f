import { cpSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { identify } from '../../../../src/process/identity.ts'
import { foreignSession } from '../../../../src/runners/opencode/foreign.ts'
import {
  claimRecord,
  readRecord,
  replaceRecord,
  serverFiles,
  type ServerFiles,
  type ServerRecord,
} from '../../../../src/runners/opencode/server/record.ts'
import { listUses } from '../../../../src/runners/opencode/server/leases.ts'
import { openServer, stopServer, type ServerOptions } from '../../../../src/runners/opencode/server/server.ts'
import { originAt } from '../../../../src/process/origin.ts'
import { fixture, lives, startReady } from '../../../helpers/processes.ts'
import { makeRoot, session } from '../../sessions.ts'
import { put } from '../../../builders/workspace.ts'

function self() {
  const identity = identify(process.pid)
  if (identity === undefined) throw new Error('This process does not live.')
  return identity
}

function options(root: string): ServerOptions {
  return {
    run: join(root, 'work/.run'),
    root,
    env: { PATH: process.env['PATH'] ?? '' },
    keeper: '/nowhere/keeper.js',
    withLock: (action) => action(),
    idle: 1000,
  }
}

function filesIn(root: string): ServerFiles {
  mkdirSync(join(root, 'work/.run'), { recursive: true })
  return serverFiles(join(root, 'work/.run'))
}

function liveRecord(fields: Partial<ServerRecord> = {}): ServerRecord {
  const server = {
    port: 1,
    version: '1',
    password: 'secret',
    environment: '',
    startedAt: new Date().toISOString(),
  }
  return { ...self(), keeper: self(), phase: 'ready', ...server, ...fields }
}

describe('the record of an opencode server', () => {
  it('belongs to its checkout, even after a move; a copy has no server', () => {
    const folder = makeRoot()
    const [root, copy, moved] = [join(folder, 'repo'), join(folder, 'copy'), join(folder, 'moved')]
    const files = filesIn(root)
    claimRecord(files, { phase: 'claimed', keeper: self(), startedAt: '' })
    replaceRecord(files, liveRecord())
    expect(readRecord(files)).toMatchObject({ phase: 'ready', password: 'secret' })
    cpSync(root, copy, { recursive: true })
    expect(readRecord(filesIn(copy))).toBeUndefined()
    renameSync(root, moved)
    expect(readRecord(filesIn(moved))).toMatchObject({ phase: 'ready', password: 'secret' })
  })

  it('of earlier versions, which does not name its folder, is read as before', () => {
    const files = filesIn(makeRoot())
    put(files.record, liveRecord())
    expect(readRecord(files)).toMatchObject({ phase: 'ready' })
  })

  it.each(['ready', 'starting'] as const)(
    'that names a foreign process (%s) does not get it killed',
    async (phase) => {
      const { pid } = await startReady('setsid', [process.execPath, fixture('hang')])
      const root = makeRoot()
      const files = filesIn(root)
      // Its keeper is gone; otherwise the start would wait for it.
      put(files.record, {
        ...liveRecord(),
        ...identify(pid),
        keeper: { ...self(), startTicks: '1' },
        phase,
      })
      await stopServer(options(root))
      expect(readRecord(files)).toBeUndefined()
      expect(lives(pid)).toBe(true)
    },
  )

  it('of a server in another pid namespace keeps a second server from being started beside it', async () => {
    const root = makeRoot()
    const files = filesIn(root)
    const other = { ...self(), pidNamespace: 'pid:[1]' }
    replaceRecord(files, { ...liveRecord(), ...other, keeper: other })
    await expect(openServer(options(root))).rejects.toMatchObject({ code: 'server-unknown' })
    put(join(files.users, 'other'), other)
    expect(listUses(files)).toEqual(['other'])
  })
})

it('an opencode session belongs to its checkout; one on an external server is available everywhere except in a copy', () => {
  const one = session({ command: ['true'] })
  const origin = originAt(one.root)
  const hidden = { ...origin, pidNamespace: 'pid:[1]' }
  const other = { ...origin, root: '/original', folder: '1:1' }
  const seen = (record: object) =>
    foreignSession({ root: one.root, record: { ...one.record, ...record } })?.type
  expect([
    seen({}),
    seen({ origin }),
    seen({ origin: other }),
    seen({ origin: hidden }),
    seen({ origin: hidden, server: 'http://127.0.0.1:1' }),
    seen({ origin: other, server: 'http://127.0.0.1:1' }),
  ]).toEqual([undefined, undefined, 'elsewhere', 'unknown', undefined, 'elsewhere'])
})
