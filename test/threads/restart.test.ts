import { expect, it } from 'vitest'
import type { SessionRecord } from '../../machines/session.ts'
import { loadRunners } from '../../src/runners/registry.ts'
import { refusalToResume, refusalToRetry, refusalToSwap } from '../../src/threads/restart.ts'
import type { ThreadFacts } from '../../src/threads/thread.ts'
import { threadsOf } from '../../src/threads/thread.ts'
import { agent, session, tasksOf } from '../engine/world.ts'
import { tasksFile } from '../store/workspace.ts'

const runners = await loadRunners()
const instead = 'Retry starts a new session with the open tasks.'
const elsewhere = { root: '/other', folder: '1:2', host: 'box', bootId: 'boot' }
const agents = [
  agent({ resume_command: ['do-it', '--continue'] }),
  agent({ name: 'once' }),
  { ...agent({ name: 'cloud', runner: 'opencode' }), options: {} },
]
const world = { agents, runners, root: '/' }

it.each<[string, Partial<SessionRecord>, string | null]>([
  ['was interrupted', {}, null],
  ['failed', { status: 'failed', reason: 'exit' }, null],
  ['is still running', { status: 'running' }, 'The session is still running.'],
  ['completed', { status: 'completed' }, 'The last session completed. Retry starts a new session.'],
  [
    'never started',
    { status: 'failed', reason: 'agent-missing' },
    `Session ses_1 never started, so there is nothing to resume. ${instead}`,
  ],
  [
    'its server has lost',
    { status: 'failed', reason: 'session-missing' },
    `Session ses_1 no longer exists. ${instead}`,
  ],
  [
    'was run by an agent that is gone',
    { agentName: 'gone' },
    'Agent "gone" of the last session is no longer in work/agents.yaml. Choose another agent.',
  ],
  [
    'was run by an agent without a command for it',
    { agentName: 'once' },
    `Agent "once" has no resume_command in agents.yaml, so session ses_1 can't be resumed. ${instead}`,
  ],
  [
    'ran on another runner than its agent now does',
    { runner: 'opencode' },
    `Session ses_1 ran on opencode, but its agent now runs on command. ${instead}`,
  ],
  [
    'is from a version that did not record its runner',
    { runner: undefined },
    `Session ses_1 is from an earlier version, which did not record its runner. ${instead}`,
  ],
  [
    'belongs to another checkout',
    { origin: elsewhere },
    `Session ses_1 belongs to another checkout, /other. ${instead}`,
  ],
  [
    'opencode never got a prompt for',
    { agentName: 'cloud', runner: 'opencode' },
    `Session ses_1 was cancelled before its prompt arrived. ${instead}`,
  ],
  ['opencode worked on', { agentName: 'cloud', runner: 'opencode', usage: {} }, null],
])('a session that %s is resumed, or not, by one rule: %j → %j', (_, fields, refusal) => {
  expect(refusalToResume(threadWith(fields), world)).toBe(refusal)
})

it('a session on a runner of a later version can only be retried', () => {
  const later = [{ ...agent(), runner: 'telegraph' }]
  expect(refusalToResume(threadWith({ runner: 'telegraph' }), { ...world, agents: later })).toBe(
    `Session ses_1 ran on telegraph, which this version of work does not support. ${instead}`,
  )
})

it('a thread without a session has nothing to resume, and is started by any agent', () => {
  const thread = threadFacts([])
  expect(refusalToResume(thread, world)).toBe('The thread has no session yet.')
  expect(refusalToRetry(thread, world)).toBeNull()
})

it('a session elsewhere is not resumed here', () => {
  const thread: ThreadFacts = { ...threadWith({}), foreign: { type: 'elsewhere', place: '/other' } }
  expect(refusalToResume(thread, world)).toBe(
    'Session ses_1 belongs to another checkout, /other. Retry starts a new session here.',
  )
})

it('a retry needs the agent of the last session, and a swap any other one', () => {
  expect(refusalToRetry(threadWith({ agentName: 'gone' }), world)).toContain('no longer in work/agents.yaml')
  expect(refusalToSwap([threadWith({})], world)).toBeNull()
  expect(refusalToSwap([threadWith({})], { agents: [agent()] })).toBe(
    'There is no other agent in work/agents.yaml.',
  )
})

function threadWith(fields: Partial<SessionRecord>): ThreadFacts {
  return threadFacts([session({ status: 'interrupted', reason: 'user', sessionId: 'ses_1', ...fields })])
}

function threadFacts(sessions: SessionRecord[]): ThreadFacts {
  const [first, ...rest] = tasksOf('01.01.01')
  if (first === undefined) throw new Error('There is no task.')
  const [thread] = threadsOf(tasksFile({ tasks: [{ ...first, sessions }, ...rest] }))
  if (thread === undefined) throw new Error('There is no thread.')
  return thread
}
