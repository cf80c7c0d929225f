import { describe, expect, it } from 'vitest'
import type { EndCause } from '../../machines/outcome.ts'
import { judge, type Case } from '../../src/runners/judge.ts'
import type { Evidence } from '../../src/runners/evidence.ts'

const at = '2026-02-03T04:05:06.789Z'
const byUser: EndCause = { status: 'interrupted', reason: 'user' }
const byClock: EndCause = { status: 'failed', reason: 'timeout' }
const bySpawn: EndCause = { status: 'failed', reason: 'spawn', detail: 'The folder is gone.' }

/** How the program ended, by the names used in the table. */
const ends = {
  'exit 0': exited(0),
  'exit 0, silent': { ...exited(0), hasOutput: false },
  'exit 3': exited(3),
  'exit 3, silent': { ...exited(3), hasOutput: false },
  SIGKILL: exited(null, 'SIGKILL'),
  'no such program': { type: 'not-started', code: 'ENOENT', message: 'spawn pi ENOENT', at, detail: '' },
  'no right to it': { type: 'not-started', code: 'EACCES', message: 'spawn pi EACCES', at, detail: '' },
  'called off': { type: 'abandoned', at, detail: '' },
  gone: { type: 'gone', at, detail: '' },
  'a turn': { type: 'turn-ended', hasOutput: true, at, detail: '' },
  'a turn, silent': { type: 'turn-ended', hasOutput: false, at, detail: '' },
  'broken off': { type: 'broken-off', code: 0, at, detail: '' },
} satisfies Record<string, Evidence>

type Row = [end: keyof typeof ends, tasks: Case['tasks'], cause: EndCause | null, outcome: string]

const done: Case['tasks'] = ['completed', 'cancelled']
const open: Case['tasks'] = ['completed', 'pending', 'in_progress']
const stuck: Case['tasks'] = ['completed', 'blocked']

describe('an agent whose tasks count', () => {
  it.each<Row>([
    // If the tasks say that it is done, it is, whatever the program did.
    ['exit 0', done, null, 'completed'],
    ['exit 0, silent', done, null, 'completed'],
    ['exit 3', done, null, 'completed'],
    ['SIGKILL', done, null, 'completed'],
    ['gone', done, null, 'completed'],
    ['SIGKILL', done, byUser, 'completed'],
    ['SIGKILL', done, byClock, 'completed'],
    // If they do not, an exit code of 0 proves nothing.
    ['exit 0', open, null, 'failed incomplete'],
    ['exit 0', stuck, null, 'failed incomplete'],
    ['exit 0, silent', open, null, 'failed no-output'],
    ['exit 0, silent', stuck, null, 'failed no-output'],
    ['a turn', open, null, 'failed incomplete'],
    ['a turn, silent', open, null, 'failed no-output'],
    ['broken off', open, null, 'interrupted broken-off'],
    ['exit 3', open, null, 'failed exit'],
    ['exit 3, silent', open, null, 'failed exit'],
    ['SIGKILL', open, null, 'interrupted signal'],
    ['gone', open, null, 'interrupted lost'],
    ['called off', open, null, 'interrupted user'],
    ['no such program', open, null, 'failed agent-missing'],
    ['no right to it', open, null, 'failed spawn'],
    // If it was ended from outside, that is the reason, however its program reacted.
    ['exit 0', open, byUser, 'interrupted user'],
    ['exit 3', open, byUser, 'interrupted user'],
    ['SIGKILL', open, byUser, 'interrupted user'],
    ['gone', open, byUser, 'interrupted user'],
    ['SIGKILL', open, byClock, 'failed timeout'],
    ['called off', open, bySpawn, 'failed spawn'],
    // Without tasks nothing shows that it is done.
    ['exit 0', [], null, 'failed incomplete'],
  ])('%s, tasks %j, cause %j: %s', (end, tasks, cause, expected) => {
    const outcome = judge(matter({ evidence: ends[end], tasks, cause, doneWhen: 'tasks' }))
    expect(brief(outcome)).toBe(expected)
    expect(outcome.closesTasks).toBeUndefined()
  })
})

describe('an agent whose exit code counts', () => {
  it.each<Row>([
    ['exit 0', open, null, 'completed, closes tasks'],
    ['exit 0, silent', open, null, 'completed, closes tasks'],
    // An empty answer is none; a program may have nothing to print.
    ['a turn', open, null, 'completed, closes tasks'],
    ['a turn, silent', open, null, 'failed no-output'],
    ['broken off', open, null, 'interrupted broken-off'],
    ['exit 0', stuck, null, 'failed incomplete'],
    ['exit 3', open, null, 'failed exit'],
    ['SIGKILL', open, null, 'interrupted signal'],
    ['gone', open, null, 'interrupted lost'],
    ['called off', open, null, 'interrupted user'],
    ['no such program', open, null, 'failed agent-missing'],
    ['no right to it', open, null, 'failed spawn'],
    ['exit 0', open, byUser, 'interrupted user'],
    ['exit 0', open, byClock, 'failed timeout'],
    // All its tasks were reported as done: nothing is left to do, whatever the program did.
    ['exit 0', done, null, 'completed'],
    ['exit 3', done, null, 'completed'],
    ['SIGKILL', done, null, 'completed'],
    ['gone', done, null, 'completed'],
    ['SIGKILL', done, byClock, 'completed'],
  ])('%s, tasks %j, cause %j: %s', (end, tasks, cause, expected) => {
    expect(brief(judge(matter({ evidence: ends[end], tasks, cause, doneWhen: 'exit' })))).toBe(expected)
  })
})

describe('an outcome', () => {
  it('keeps its evidence', () => {
    const usage = { inputTokens: 10, cost: 0.5 }
    const outcome = judge(matter({ evidence: { ...exited(3), detail: 'no such table', usage } }))
    expect(outcome).toEqual({
      status: 'failed',
      reason: 'exit',
      at,
      exitCode: 3,
      detail: 'no such table',
      usage,
    })
  })

  it('names the signal and no exit code of a program that was killed', () => {
    const outcome = judge(matter({ evidence: ends.SIGKILL }))
    expect(outcome).toEqual({ status: 'interrupted', reason: 'signal', at, signal: 'SIGKILL' })
  })

  it.each<[keyof typeof ends, string]>([
    ['exit 3', 'All tasks are done, but the exit code is 3.'],
    ['SIGKILL', 'All tasks are done, but the session ended by SIGKILL.'],
    ['gone', 'All tasks are done, but the session did not end by itself.'],
  ])('notes that the tasks are done despite %s', (end, detail) => {
    expect(judge(matter({ evidence: ends[end], tasks: done, doneWhen: 'tasks' })).detail).toBe(detail)
  })

  it('notes nothing about tasks that are done after exit code 0', () => {
    expect(judge(matter({ evidence: ends['exit 0'], tasks: done, doneWhen: 'tasks' })).detail).toBeUndefined()
  })

  it('of a session that is missing names no server, which only one runner has', () => {
    const outcome = judge(matter({ evidence: { type: 'session-missing', at, detail: '' } }))
    expect(outcome.detail).toBe('The session no longer exists. A retry starts a new one.')
  })

  it('counts open and blocked tasks before the last output', () => {
    const evidence = { ...exited(0), detail: 'bye' }
    expect(judge(matter({ evidence, tasks: open, doneWhen: 'tasks' })).detail).toBe(
      'Exited with code 0, with 2 of 3 tasks still open.\nbye',
    )
    expect(judge(matter({ evidence, tasks: stuck })).detail).toBe(
      'Exited with code 0, with 1 of 2 tasks still open (1 blocked).\nbye',
    )
  })

  it.each([
    [1, '1 of 3 tasks was added while it was running.'],
    [2, '2 of 3 tasks were added while it was running.'],
  ])('of exit code 0 does not cover tasks that the agent did not know: %s', (added, words) => {
    const outcome = judge(matter({ added }))
    expect(brief(outcome)).toBe('failed incomplete, closes tasks')
    expect(outcome.detail).toBe(`Exited with code 0, but ${words}`)
  })

  it('names a missing program', () => {
    const outcome = judge(matter({ evidence: ends['no such program'], program: 'pi' }))
    expect(outcome.detail).toBe('Executable not found: pi')
  })

  it('shows why it was ended before the last output of the program', () => {
    const evidence: Evidence = { ...ends['called off'], detail: 'bye' }
    expect(judge(matter({ evidence, cause: bySpawn })).detail).toBe('The folder is gone.\nbye')
  })
})

function matter(fields: Partial<Case>): Case {
  return {
    evidence: ends['exit 0'],
    tasks: open,
    added: 0,
    doneWhen: 'exit',
    cause: null,
    program: 'pi',
    ...fields,
  }
}

function exited(code: number | null, signal: string | null = null) {
  return { type: 'exited', code, signal, at, detail: '', hasOutput: true } as const
}

function brief(outcome: ReturnType<typeof judge>): string {
  const reason = outcome.status === 'completed' ? '' : ` ${outcome.reason}`
  return `${outcome.status}${reason}${outcome.closesTasks === true ? ', closes tasks' : ''}`
}

describe('the words about an end', () => {
  it('of a thread with blocked tasks end with what its agent reported about them', () => {
    const evidence: Evidence = { type: 'turn-ended', hasOutput: true, at, detail: 'I stop here.' }
    const blocked = ['It needs a token.']
    const { detail } = judge(matter({ evidence, tasks: stuck, doneWhen: 'tasks', blocked }))
    expect(detail).toBe(
      'Finished, with 1 of 2 tasks still open (1 blocked).\nI stop here.\nBlocked: It needs a token.',
    )
  })

  it('of a provider that refuses a session whose tasks are done say so', () => {
    const evidence: Evidence = { type: 'refused', status: 403, at, detail: 'No access.' }
    expect(judge(matter({ evidence, tasks: done, doneWhen: 'tasks' }))).toMatchObject({
      status: 'completed',
      detail: 'All tasks are done, but then its provider refused it.\nNo access.',
    })
  })
})
