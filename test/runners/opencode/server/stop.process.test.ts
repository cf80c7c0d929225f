import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { identify } from '../../../../src/process/identity.ts'
import { retire } from '../../../../src/runners/opencode/server/stop.ts'
import {
  claimRecord,
  readRecord,
  removeUnlessChanged,
  replaceRecord,
  serverFiles,
  type LiveServer,
  type ServerFiles,
} from '../../../../src/runners/opencode/server/record.ts'
import { fixture, lives, startReady } from '../../../helpers/processes.ts'
import { refuses, startFake } from '../fake-opencode.ts'

let root: string
let files: ServerFiles

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'work-retire-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  files = serverFiles(root)
})

/** A process that acts as a server with these answers; undefined for one that gives none. */
async function serve(answers: Record<string, unknown> | undefined): Promise<LiveServer> {
  const url = answers === undefined ? 'http://127.0.0.1:1' : (await startFake(answers)).url
  const password = randomUUID()
  const env = { ...process.env, OPENCODE_SERVER_PASSWORD: password }
  const { pid } = await startReady('setsid', [process.execPath, fixture('hang')], env)
  const [self, keeper] = [identify(pid), identify(process.pid)]
  if (self === undefined || keeper === undefined) throw new Error('It has ended.')
  const startedAt = new Date().toISOString()
  const port = Number(new URL(url).port)
  const server = { ...self, keeper, startedAt, port, password, version: '1', environment: '' }
  replaceRecord(files, { ...server, phase: 'ready' })
  return { ...server, phase: 'ready' }
}

describe('a server that nobody uses', () => {
  const broken = { '/session': refuses, '/session/status': refuses }
  const atWork = { '/session': refuses, '/session/status': { ses_1: { type: 'busy' } } }

  it.each<[string, Record<string, unknown> | undefined, boolean, boolean]>([
    ['answers with errors, as with a broken opencode.json, and was idle', broken, true, true],
    ['answers with errors and was not idle', broken, false, false],
    ['answers with an error where it tells no busy session', atWork, true, false],
    ['does not answer', undefined, true, false],
    ['has nothing to do', { '/session': [], '/session/status': {} }, false, true],
  ])('and that %s is ended or kept', async (_, answers, isIdle, isEnded) => {
    const server = await serve(answers)
    expect(await retire(files, server, root, { isIdle })).toBe(isEnded)
    expect([lives(server.pid), readRecord(files) === undefined]).toEqual([!isEnded, isEnded])
  })
})

it('a record that a keeper has claimed since it was read is not removed', () => {
  const keeper = identify(process.pid)
  if (keeper === undefined) throw new Error('This process has ended.')
  const claim = (startedAt: string) => ({ keeper, startedAt, phase: 'claimed' as const })
  const [old, fresh] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'].map(claim)
  if (old === undefined || fresh === undefined) throw new Error('There are two.')
  claimRecord(files, fresh)
  removeUnlessChanged(files, old)
  expect(readRecord(files)).toMatchObject(fresh)
  const read = readRecord(files)
  if (read !== undefined) removeUnlessChanged(files, read)
  expect(readRecord(files), 'the one that was read').toBeUndefined()
})
