import { expect, test } from 'vitest'
import { batchOf } from '../builders/plan.ts'
import { installEventAgents } from '../helpers/event-agent.ts'
import { makeApproved, sessionsOf } from '../helpers/scene.ts'

test('an agent on another runner gets the reports and the last output of those before it', async () => {
  const runners = ['claude', 'codex', 'gemini']
  const agents = [
    { name: 'default', runner: 'claude' },
    ...runners.slice(1).map((runner) => ({ name: runner, runner })),
    { name: 'script', runner: 'command', command: ['script'], done_when: 'tasks' },
  ]
  const workspace = await makeApproved(batchOf(1), JSON.stringify({ agents }))
  const env = {
    ...installEventAgents(workspace, [...runners, 'script']),
    CODEX_HOME: `${workspace.root}/codex-home`,
  }
  expect((await workspace.run(['run'], { env })).code).toBe(1)
  for (const agent of ['codex', 'gemini', 'script', 'default']) {
    const result = await workspace.run(['fix', '--thread', '01.01.01', '--agent', agent, '--yes'], { env })
    expect(result.stderr).toBe('')
  }

  const sessions = sessionsOf(workspace, '01.01.01')
  expect(sessions.map(({ runner, mode }) => [runner, mode])).toEqual([
    ['claude', 'fresh'],
    ['codex', 'fresh'],
    ['gemini', 'fresh'],
    ['command', 'fresh'],
    ['claude', 'fresh'],
  ])
  expect(workspace.read('prompt-1')).not.toContain('Report of')
  for (const [attempt, before] of [
    [2, 'claude'],
    [3, 'codex'],
    [4, 'gemini'],
    [5, 'script'],
  ] as const) {
    const prompt = workspace.read(`prompt-${attempt}`)
    expect(prompt).toContain(`## Attempt ${attempt}`)
    expect(prompt).toContain(`- 01.01.01.01 (in progress): Report of ${before}.`)
    expect(prompt).toContain(`    Answer of ${before}.`)
    expect(prompt).not.toContain('{"type"')
  }
})
