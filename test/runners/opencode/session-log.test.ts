import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { firstError, openLog, readLog } from '../../../src/runners/opencode/session-log.ts'

const now = () => new Date('2026-03-04T05:06:07Z')

test('a log holds each event as a line, without those that repeat others', () => {
  const path = makePath()
  const log = openLog(path, 'ses_1', now)
  log.write({ type: 'session.idle', sessionId: 'ses_1', properties: { sessionID: 'ses_1' } })
  log.write({ type: 'message.part.delta', sessionId: 'ses_1', properties: { delta: 'a' } })
  log.note('work.permission', { what: 'read', reply: 'reject' })
  log.close()
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2)
  expect(readLog(path)).toEqual([
    { at: now().toISOString(), type: 'session.idle', sessionId: 'ses_1', properties: { sessionID: 'ses_1' } },
    {
      at: now().toISOString(),
      type: 'work.permission',
      sessionId: 'ses_1',
      properties: { what: 'read', reply: 'reject' },
    },
  ])
})

test('a log whose writer was killed is read, and continued on a new line', () => {
  const path = makePath()
  const first = openLog(path, 'ses_1', now)
  first.note('one', {})
  first.close()
  appendFileSync(path, '{"at":"2026-03-04T05:0')
  expect(readLog(path).map(({ type }) => type)).toEqual(['one'])
  const second = openLog(path, 'ses_1', now)
  second.note('two', {})
  second.note('three', {})
  second.close()
  expect(readLog(path).map(({ type }) => type)).toEqual(['one', 'two', 'three'])
})

test('a JSON line that is not an event is left out', () => {
  const path = makePath()
  appendFileSync(path, '7\nnull\n"text"\n{}\n')
  expect(readLog(path)).toEqual([])
  expect(firstError(path)).toBeUndefined()
})

test('the first error of a log counts; a missing log has none', () => {
  const path = makePath()
  expect(firstError(path)).toBeUndefined()
  const log = openLog(path, 'ses_1', now)
  for (const message of ['Model not found: a/b.', 'Model not found: a/b.\n    at stack']) {
    log.write({
      type: 'session.error',
      sessionId: 'ses_1',
      properties: { error: { name: 'UnknownError', data: { message } } },
    })
  }
  log.close()
  expect(firstError(path)).toMatchObject({ name: 'UnknownError', message: 'Model not found: a/b.' })
})

test("a log that can't be written or read reports why, and does no harm", () => {
  const path = makePath()
  mkdirSync(path)
  const log = openLog(path, 'ses_1', now)
  log.note('one', {})
  log.close()
  expect(log.trouble()).toMatch(/^Could not write its log: EISDIR/)
  expect(readLog(path)).toEqual([])
})

function makePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'work-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, '1.log')
}
