import { describe, expect, it } from 'vitest'
import { findByToken } from '../../src/process/membership.ts'
import { claude } from '../../src/runners/agent-cli/claude.ts'
import type { AgentCli } from '../../src/runners/agent-cli/cli.ts'
import { codex } from '../../src/runners/agent-cli/codex.ts'
import { gemini } from '../../src/runners/agent-cli/gemini.ts'
import type { Evidence } from '../../src/runners/evidence.ts'
import { hang, runShell, type Answer } from '../helpers/model-server.ts'
import { untilFile } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'
import { never } from '../runners/sessions.ts'
import { inOrder, useModels } from './models/server.ts'
import { cliSession, openCli } from './sessions.ts'

const models = useModels()

/** What is known of a session that was ended in the middle. None of these ends may count as a good one. */
const ends: [cli: AgentCli, signal: NodeJS.Signals, where: 'request' | 'tool', evidence: object][] = [
  [claude, 'SIGINT', 'request', { type: 'broken-off' }],
  [claude, 'SIGTERM', 'request', { type: 'broken-off', code: 143 }],
  [claude, 'SIGKILL', 'request', { type: 'exited', signal: 'SIGKILL' }],
  [claude, 'SIGINT', 'tool', { type: 'broken-off' }],
  [claude, 'SIGTERM', 'tool', { type: 'broken-off', code: 143 }],
  [claude, 'SIGKILL', 'tool', { type: 'exited', signal: 'SIGKILL' }],
  [codex, 'SIGINT', 'request', { type: 'exited', code: 1 }],
  [codex, 'SIGTERM', 'request', { type: 'exited', signal: 'SIGTERM' }],
  [codex, 'SIGKILL', 'request', { type: 'exited', signal: 'SIGKILL' }],
  [codex, 'SIGINT', 'tool', { type: 'exited', code: 1 }],
  [codex, 'SIGTERM', 'tool', { type: 'exited', signal: 'SIGTERM' }],
  [codex, 'SIGKILL', 'tool', { type: 'exited', signal: 'SIGKILL' }],
  // Each start of gemini takes seconds.
  [gemini, 'SIGINT', 'request', { type: 'broken-off', code: 0 }],
  [gemini, 'SIGTERM', 'tool', { type: 'broken-off', code: 0 }],
  [gemini, 'SIGKILL', 'tool', { type: 'exited', signal: 'SIGKILL' }],
]

describe('a session that gets a signal', () => {
  it.each(ends.map(([cli, signal, where, evidence]) => ({ cli, name: cli.name, signal, where, evidence })))(
    'in a $where of $name ($signal) does not end well, and nothing of it keeps running',
    async ({ cli, signal, where, evidence }) => {
      const answer = where === 'tool' ? runShell('echo >begun; sleep 600 & sleep 600') : hang()
      expect(await endBy(cli, signal, answer)).toMatchObject(evidence)
    },
  )
})

/** Sends a signal to the group of a session that waits for this answer, or for the command in it. */
async function endBy(cli: AgentCli, signal: NodeJS.Signals, answer: Answer): Promise<Evidence | 'overdue'> {
  const one = cliSession(cli, models, inOrder(answer), { options: { permissions: 'full' } })
  const runner = await openCli(cli)
  const agent = await runner.start(one, never)
  if (agent === null) throw new Error('Its process is not known.')
  const watched = runner.watch(one, never)
  await one.model.asked(1)
  if (answer.kind === 'tool') await untilFile(`${one.root}/begun`)
  process.kill(-agent.pid, signal)
  const evidence = await watched
  // Its recorder may still be ending.
  await until(() => findByToken(one).length === 0, 'the end of all its processes')
  return evidence
}
