import { describe, expect, it, test } from 'vitest'
import {
  describeActivity,
  readError,
  readEvent,
  readPermission,
  readRetry,
  type OpencodeEvent,
} from '../../../src/runners/opencode/events.ts'

const at = Date.parse('2026-03-04T05:06:07Z')

test.each([
  ['an event of a session', { type: 'session.idle', properties: { sessionID: 'ses_1' } }, 'ses_1'],
  ['a heartbeat', { type: 'server.heartbeat', properties: {} }, undefined],
  ['the second copy of a stored event', { type: 'sync', syncEvent: {} }, undefined],
])('readEvent: %s', (_, payload, sessionId) => {
  expect(readEvent({ directory: '/repo', payload })?.sessionId).toBe(sessionId)
})

test.each([null, 'text', 7, {}, { payload: null }])('readEvent ignores %j', (value) => {
  expect(readEvent(value)).toBeUndefined()
})

describe('readError', () => {
  it.each([
    ['seconds', '90', '2026-03-04T05:07:37.000Z'],
    ['a date', 'Wed, 04 Mar 2026 06:00:00 GMT', '2026-03-04T06:00:00.000Z'],
    ['nonsense', 'soon', undefined],
    ['more seconds than there is time', '99999999999999', undefined],
  ])('reads a retry-after of %s', (_, header, retryAt) => {
    expect(readError(refusal({ 'retry-after': header }), at)).toEqual({
      name: 'APIError',
      message: 'slow',
      status: 429,
      retryAt,
    })
  })

  it('uses the name if there is no message', () => {
    expect(readError({ name: 'UnknownError' }, at)).toMatchObject({ message: 'UnknownError' })
  })

  it.each([undefined, null, 'oops', { data: {} }])('ignores %j', (value) => {
    expect(readError(value, at)).toBeUndefined()
  })
})

test('a permission request names what it asks for', () => {
  const properties = { id: 'per_1', permission: 'external_directory', patterns: ['/etc/*'] }
  expect(readPermission(event('permission.asked', properties))).toEqual({
    id: 'per_1',
    what: 'external_directory /etc/*',
  })
  expect(readPermission(event('permission.replied', properties))).toBeUndefined()
})

test("a retry has the time of the next request to the provider; other statuses don't", () => {
  const status = { type: 'retry', attempt: 2, message: 'slow down', next: 5 }
  expect(readRetry(event('session.status', { status }))).toMatchObject({ next: 5 })
  expect(readRetry(event('session.status', { status: { type: 'busy' } }))).toBeUndefined()
})

test.each([
  ['the last line of a text', { type: 'text', text: 'First.\nSecond.\n' }, 'Second.'],
  ['no line for a text that has just begun', { type: 'text', text: '' }, undefined],
  ['a command', tool('bash', 'running', { command: 'npm test' }), 'bash: npm test'],
  ['a file', tool('read', 'completed', { filePath: 'a.ts' }), 'read: a.ts'],
  ['a pattern', tool('grep', 'running', { pattern: 'x+' }), 'grep: x+'],
  ['nothing of a tool that is not yet called', tool('bash', 'pending', {}), undefined],
  ['nothing of a step', { type: 'step-start' }, undefined],
])('a board shows %s', (_, part, line) => {
  expect(describeActivity(event('message.part.updated', { part }))).toBe(line)
})

test('a board shows that the provider is asked again', () => {
  const status = { type: 'retry', attempt: 2, message: 'slow down', next: 5 }
  expect(describeActivity(event('session.status', { status }))).toBe('retry 2: slow down')
})

function event(type: string, properties: Record<string, unknown>): OpencodeEvent {
  return { type, sessionId: 'ses_1', properties }
}

function tool(name: string, status: string, input: Record<string, unknown>) {
  return { type: 'tool', tool: name, state: { status, input } }
}

function refusal(responseHeaders: Record<string, string>) {
  return { name: 'APIError', data: { message: 'slow', statusCode: 429, responseHeaders } }
}
