import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { requestStop, takeStopRequests } from '../../src/store/stop-requests.ts'

const self = { pid: 4242, command: 'work run', since: '2026-02-03T04:00:00.000Z' }
const from = { pid: 1, command: 'work stop' }

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'work-stops-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'stops')
}

it('a request is read once, by its receiver', async () => {
  const folder = makeFolder()
  expect(takeStopRequests(folder, self)).toEqual([])
  const sent = { to: self, from, threads: ['01.01.01'], force: true }
  const request = await requestStop(folder, sent)
  expect(takeStopRequests(folder, { ...self, pid: 424 })).toEqual([])
  expect(request.isTaken()).toBe(false)
  expect(takeStopRequests(folder, self)).toEqual([sent])
  expect(request.isTaken()).toBe(true)
  expect(takeStopRequests(folder, self)).toEqual([])
})

it('a request for an earlier process with the same pid stops nothing', async () => {
  const folder = makeFolder()
  await requestStop(folder, { to: { ...self, since: '2025-01-01T00:00:00.000Z' }, from, force: false })
  expect(takeStopRequests(folder, self)).toEqual([])
  expect(readdirSync(folder), 'another run of that process may be meant').toHaveLength(1)
})

it('a withdrawn or invalid request stops nothing', async () => {
  const folder = makeFolder()
  const request = await requestStop(folder, { to: self, from, force: false })
  request.withdraw()
  for (const [index, text] of ['', '{', '[]', '{"to":1}'].entries()) {
    writeFileSync(join(folder, `${self.pid}-${index}.json`), text)
  }
  expect(takeStopRequests(folder, self)).toEqual([])
})
