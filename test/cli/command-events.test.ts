import { expect, test } from 'vitest'
import { batchOf } from '../builders/plan.ts'
import { installEventAgents } from '../helpers/event-agent.ts'
import { makeApproved, sessionsOf, succeed } from '../helpers/scene.ts'

const again = ['fix', '--thread', '01.01.01', '--resume', '--yes']

async function makeWrapper(events: string | undefined) {
  const agent = {
    name: 'default',
    runner: 'command',
    command: ['wrapper', '--as', events ?? 'claude'],
    resume_command: ['wrapper', '--as', events ?? 'claude'],
    done_when: 'tasks',
    ...(events === undefined ? {} : { events }),
  }
  const workspace = await makeApproved(batchOf(1), JSON.stringify({ agents: [agent] }))
  return { workspace, env: installEventAgents(workspace, ['wrapper']) }
}

test.each([
  ['claude', 'Bash: make wrapper', { inputTokens: 200, outputTokens: 20, cost: 0.5 }],
  ['codex', 'shell: make wrapper', { inputTokens: 100, outputTokens: 10 }],
  ['gemini', 'run_shell_command: make wrapper', { inputTokens: 200, outputTokens: 20 }],
])('a command that writes the events of %s is read as that program is', async (events, tool, usage) => {
  const { workspace, env } = await makeWrapper(events)
  expect((await workspace.run(['run'], { env })).code).toBe(1)
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([
    {
      runner: 'command',
      events,
      sessionId: expect.stringMatching(/^cmd_/),
      runnerSessionId: 'own',
      reason: 'incomplete',
      detail: expect.stringContaining('\nAnswer of wrapper.'),
      usage: { inputTokens: 100, outputTokens: 10 },
    },
  ])
  const log = await succeed(workspace, 'session', 'logs', '01.01.01')
  expect(log).toContain(tool)
  expect(log).toContain('Answer of wrapper.')
  expect(log).not.toContain('{"type"')

  workspace.write('good', '')
  expect((await workspace.run(again, { env })).code).toBe(0)
  expect(sessionsOf(workspace, '01.01.01').at(-1)).toMatchObject({
    status: 'completed',
    mode: 'resume',
    usedBefore: { inputTokens: 100, outputTokens: 10 },
    usage,
  })
})

test('an error in the events counts, whatever the exit code is', async () => {
  const { workspace, env } = await makeWrapper('claude')
  workspace.write('refuse', '')
  expect((await workspace.run(['run'], { env })).code).toBe(1)
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([
    { status: 'failed', reason: 'provider', detail: '403: Not for you.' },
  ])
})

test('the output of a command without events is text', async () => {
  const { workspace, env } = await makeWrapper(undefined)
  expect((await workspace.run(['run'], { env })).code).toBe(1)
  const [session] = sessionsOf(workspace, '01.01.01')
  expect(session).not.toHaveProperty('events')
  expect(session).not.toHaveProperty('usage')
  expect(session?.detail).toContain('{"type":"result"')
  expect(await succeed(workspace, 'session', 'logs', '01.01.01')).toContain('{"type":"result"')
})
