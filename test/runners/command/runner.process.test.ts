import { describe, expect, it } from 'vitest'
import { fixtureSession } from '../sessions.ts'
import { runner } from './recorded-sessions.ts'

describe('the command runner', () => {
  it('creates a new id for each session, and resumes if there is a command for it', () => {
    expect(runner.newIds().sessionId).not.toBe(runner.newIds().sessionId)
    const agent = { name: 'a', options: { command: ['a', '-x'], resume_command: ['a', '-c'] } }
    expect(runner.definition.commandOf(agent, 'fresh')).toEqual(['a', '-x'])
    expect(runner.definition.commandOf(agent, 'resume')).toEqual(['a', '-c'])
    const { record, root } = fixtureSession('hang')
    const here = { root, env: {} }
    expect(runner.definition.refusalToResume(agent, record, here)).toBeNull()
    expect(
      runner.definition.refusalToResume(
        { name: 'a', options: { command: ['a'] } },
        { ...record, sessionId: 'cmd_1' },
        here,
      ),
    ).toBe(
      `Agent "a" has no resume_command in agents.yaml, so session cmd_1 can't be resumed. Retry starts a new session with the open tasks.`,
    )
  })
})
