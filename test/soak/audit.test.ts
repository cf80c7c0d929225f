import { describe, expect, test } from 'vitest'
import type { SessionRecord } from '../../machines/session.ts'
import type { Task } from '../../src/store/tasks/schema.ts'
import { audit, type Evidence, type Findings } from './audit.ts'
import type { Entry } from './ledger.ts'
import { session, task } from '../builders/records.ts'

const id = '01.01.01.01'
const thread = '01.01.01'
const sound: Entry[] = [
  { what: 'start', thread, token: 't1', beside: [] },
  { what: 'try', thread, task: id, report: 'r1' },
  { what: 'ack', thread, task: id, report: 'r1' },
  { what: 'end', thread, token: 't1', code: 0 },
]

test('a round whose records say what the agents did has no findings', () => {
  expect(findings({})).toEqual({ lost: [], doubled: [], wrong: [], leftOver: [] })
})

describe('lost is', () => {
  test.each<[string, Partial<Evidence>, string]>([
    [
      'an acknowledged report that is gone',
      { tasks: [done({ report: 'r0' })] },
      'report "r1" on task 01.01.01.01',
    ],
    [
      'a session that was recorded once',
      { earlier: [[done({}, { sessionId: 's0' })]] },
      'session s0 was recorded',
    ],
    [
      'an agent that runs without a record',
      { tasks: [done({}, { token: 't0' })] },
      'without a record (token t1)',
    ],
    [
      'a task that was completed once',
      { earlier: [[done({})]], tasks: [done({ status: 'pending', report: 'r1' })] },
      'task 01.01.01.01 was completed and is pending',
    ],
  ])('%s', (_, evidence, words) => {
    expect(findings(evidence).lost.join('\n')).toContain(words)
  })
})

describe('doubled is', () => {
  const start: Entry = { what: 'start', thread, token: 't1', beside: [] }
  test.each<[string, Partial<Evidence>, string]>([
    ['a token that was started twice', { ledger: [start, ...sound] }, 'token t1 was started twice'],
    [
      'a thread that two agents ran at once',
      { ledger: [...sound, { ...start, token: 't2', beside: ['t1'] }] },
      'thread 01.01.01 was run by t2 and t1 at once',
    ],
    [
      'a task that was done twice',
      { ledger: [...sound, { what: 'ack', thread, task: id, report: 'r1' }] },
      'task 01.01.01.01 was done twice',
    ],
    [
      'an attempt that is recorded twice',
      { tasks: [{ ...done({}), sessions: [record({}), record({ token: 't2' })] }] },
      '01.01.01 attempt 1 is recorded twice',
    ],
  ])('%s', (_, evidence, words) => {
    expect(findings(evidence).doubled.join('\n')).toContain(words)
  })
})

describe('wrong is', () => {
  test.each<[string, Partial<Evidence>, string]>([
    [
      'a task that is not completed at the end',
      { tasks: [done({ status: 'in_progress' })] },
      'is in_progress at the end',
    ],
    ['a report that no agent made', { tasks: [done({ report: 'other' })] }, 'with a report of nobody'],
    [
      'a session that is running at the end',
      { tasks: [done({}, { status: 'running' })] },
      'is running at the end',
    ],
    [
      'a failure of an agent that ended well',
      { tasks: [done({}, { status: 'failed', reason: 'exit', exitCode: 3 })] },
      'failed (exit: undefined), and its agent ended with 0',
    ],
    [
      'an interruption of a session that was not killed',
      { tasks: [done({}, interrupted)] },
      'is interrupted (lost), and was not killed; its agent ended with 0',
    ],
    [
      'an interruption on a server that was not killed meanwhile',
      { runner: 'opencode', tasks: [done({}, interrupted)], kills: [killAt('09:00', { endsServer: true })] },
      'is interrupted (lost), and was not killed',
    ],
  ])('%s', (_, evidence, words) => {
    expect(findings(evidence).wrong.join('\n')).toContain(words)
  })

  test.each<[string, Partial<Evidence>]>([
    ['an interruption by a kill of its processes', { kills: [killAt('00:01', { tokens: ['t1'] })] }],
    [
      'an interruption before its start by a kill of its run',
      { ledger: sound.slice(1), kills: [killAt('00:01')] },
    ],
    [
      'an interruption by a kill of its server',
      { runner: 'opencode', kills: [killAt('00:01', { endsServer: true })] },
    ],
  ])('not %s', (_, evidence) => {
    expect(findings({ tasks: [done({}, interrupted)], ...evidence }).wrong).toEqual([])
  })

  test('not an incomplete session of a model whose report was killed, but one too many is', () => {
    const incomplete = { status: 'failed', reason: 'incomplete' } as const
    const ledger: Entry[] = [{ what: 'try', thread, task: id, report: 'r0' }, ...sound]
    const once: Partial<Evidence> = { runner: 'opencode', ledger, tasks: [done({}, incomplete)] }
    expect(findings(once).wrong).toEqual([])
    expect(findings({ ...once, runner: 'command' }).wrong).toHaveLength(1)
    expect(findings({ ...once, ledger: sound }).wrong).toHaveLength(1)
    const second = record({ sessionId: 's2', token: 't2', attempt: 2, ...incomplete })
    const twice = [done({ sessions: [record(incomplete), second] })]
    expect(findings({ ...once, tasks: twice }).wrong).toHaveLength(2)
  })

  test('not a failure with the exit code that the agent ended with', () => {
    const ledger: Entry[] = [...sound.slice(0, 3), { what: 'end', thread, token: 't1', code: 3 }]
    const failed = { status: 'failed', reason: 'exit', exitCode: 3 } as const
    expect(findings({ ledger, tasks: [done({}, failed)] }).wrong).toEqual([])
  })
})

const interrupted = { status: 'interrupted', reason: 'lost' } as const

function findings(evidence: Partial<Evidence>): Findings {
  return audit({ runner: 'command', ledger: sound, kills: [], tasks: [done({})], earlier: [], ...evidence })
}

/** A completed task with a session of the token `t1`. */
function done(fields: Partial<Task>, ofSession: Partial<SessionRecord> = {}): Task {
  return task({ id, status: 'completed', report: 'r1', sessions: [record(ofSession)], ...fields })
}

function record(fields: Partial<SessionRecord>): SessionRecord {
  return session({ sessionId: 's1', token: 't1', ...fields })
}

/** Sessions are of five minutes from midnight on. */
function killAt(time: string, fields: Partial<Evidence['kills'][number]> = {}): Evidence['kills'][number] {
  return { at: `2026-01-01T00:${time}.000Z`, endsServer: false, tokens: [], ...fields }
}
