import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { batchOf } from '../builders/plan.ts'
import type { TestWorkspace } from '../helpers/cli.ts'
import { linesOf, makeApproved, sessionsOf } from '../helpers/scene.ts'
import { until } from '../helpers/until.ts'

/**
 * Stands for a codex that does not take our session files: it knows only the sessions that it has begun, under ids of
 * its own. It ends when there is a file `go`.
 */
const codex = `#!/usr/bin/env node
const { appendFileSync, existsSync, mkdirSync, writeFileSync } = require('node:fs')
const args = process.argv.slice(2)
appendFileSync('trace', args.filter((arg) => !arg.includes('=')).join(' ') + '\\n')
const id = 'own-1'
const folder = process.env.CODEX_HOME + '/sessions/2026/01/01'
const file = folder + '/rollout-2026-01-01T00-00-00-' + id + '.jsonl'
const wanted = args.includes('resume') ? args.at(-2) : undefined
if (wanted !== undefined && wanted !== id) {
  console.error('Error: thread/resume failed: no rollout found for thread id ' + wanted)
  process.exit(1)
}
mkdirSync(folder, { recursive: true })
writeFileSync(file, '{}\\n')
const say = (event) => console.log(JSON.stringify(event))
say({ type: 'thread.started', thread_id: id })
if (existsSync('crash')) process.exit(1)
setInterval(() => {
  if (!existsSync('go')) return
  say({ type: 'item.completed', item: { type: 'agent_message', text: 'Done.' } })
  say({ type: 'turn.completed', usage: { input_tokens: existsSync('again') ? 30 : 10, output_tokens: 2 } })
  process.exit()
}, 20)
`

const agents = JSON.stringify({ agents: [{ name: 'default', runner: 'codex' }] })

async function makeCodex() {
  const workspace = await makeApproved(batchOf(1), agents)
  workspace.write('bin/codex', codex)
  chmodSync(join(workspace.root, 'bin', 'codex'), 0o755)
  const env = {
    PATH: `${join(workspace.root, 'bin')}:${process.env['PATH'] ?? ''}`,
    CODEX_HOME: join(workspace.root, 'codex-home'),
  }
  return { workspace, env }
}

function lastOf(workspace: TestWorkspace) {
  return sessionsOf(workspace, '01.01.01').at(-1)
}

test('an id that the program chose itself is recorded while it runs, and resumed', async () => {
  const { workspace, env } = await makeCodex()
  const run = workspace.start(['run'], { env })
  await until(() => lastOf(workspace)?.runnerSessionId !== undefined)
  const { sessionId, process: agent } = lastOf(workspace) ?? {}
  expect(lastOf(workspace)).toMatchObject({ status: 'running', runnerSessionId: 'own-1' })
  expect(sessionId).toMatch(/^[\da-f-]{36}$/)
  expect(agent).toBeDefined()
  expect(linesOf(workspace, 'trace')).toEqual([
    `exec -s workspace-write -c -c -c -c resume --json ${sessionId} -`,
    'exec -s workspace-write -c -c -c -c --json -',
  ])

  workspace.write('go', '')
  expect((await run.ended).code).toBe(1)
  expect(lastOf(workspace)).toMatchObject({
    reason: 'incomplete',
    usage: { inputTokens: 10, outputTokens: 2 },
  })

  workspace.write('again', '')
  expect(await workspace.run(['fix', '--thread', '01.01.01', '--resume', '--yes'], { env })).toMatchObject({
    code: 1,
    stderr: '',
  })
  expect(linesOf(workspace, 'trace').at(-1)).toBe('exec -s workspace-write -c -c -c -c resume --json own-1 -')
  expect(lastOf(workspace)).toMatchObject({
    sessionId,
    runnerSessionId: 'own-1',
    attempt: 2,
    mode: 'resume',
    usedBefore: { inputTokens: 10, outputTokens: 2 },
    usage: { inputTokens: 20, outputTokens: 0 },
  })
})

test('a run that is killed before its program has reported its id finds it out afterwards', async () => {
  const { workspace, env } = await makeCodex()
  const run = workspace.start(['run'], { env })
  await until(() => linesOf(workspace, 'trace').length > 0)
  run.kill('SIGKILL')
  await run.ended
  const next = workspace.start(['continue'], { env })
  await until(() => lastOf(workspace)?.runnerSessionId === 'own-1')
  expect(sessionsOf(workspace, '01.01.01')).toHaveLength(1)
  workspace.write('go', '')
  await next.ended
  expect(linesOf(workspace, 'trace')).toHaveLength(2)
})

test('a program that took an id of its own is not judged by the words with which it refused ours', async () => {
  const { workspace, env } = await makeCodex()
  workspace.write('crash', '')
  expect((await workspace.run(['run'], { env })).code).toBe(1)
  expect(lastOf(workspace)).toMatchObject({ reason: 'exit', exitCode: 1, runnerSessionId: 'own-1' })
  expect(lastOf(workspace)?.detail ?? '').not.toContain('no rollout found')
})
