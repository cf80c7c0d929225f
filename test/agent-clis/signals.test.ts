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

/** What ends a session in the middle, and what is then known of it. None of these ends may count as a good one. */
const ends: [cli: AgentCli, signal: NodeJS.Signals, inRequest: object, inTool: object][] = [
  [claude, 'SIGINT', { type: 'broken-off' }, { type: 'broken-off' }],
  [claude, 'SIGTERM', { type: 'broken-off', code: 143 }, { type: 'broken-off', code: 143 }],
  [claude, 'SIGKILL', { type: 'exited', signal: 'SIGKILL' }, { type: 'exited', signal: 'SIGKILL' }],
  [codex, 'SIGINT', { type: 'exited', code: 1 }, { type: 'exited', code: 1 }],
  [codex, 'SIGTERM', { type: 'exited', signal: 'SIGTERM' }, { type: 'exited', signal: 'SIGTERM' }],
  [codex, 'SIGKILL', { type: 'exited', signal: 'SIGKILL' }, { type: 'exited', signal: 'SIGKILL' }],
  [gemini, 'SIGINT', { type: 'broken-off', code: 0 }, { type: 'broken-off', code: 0 }],
  [gemini, 'SIGTERM', { type: 'broken-off', code: 0 }, { type: 'broken-off', code: 0 }],
  [gemini, 'SIGKILL', { type: 'exited', signal: 'SIGKILL' }, { type: 'exited', signal: 'SIGKILL' }],
]

describe('a session that gets a signal', () => {
  it.each(ends.map(([cli, signal, inRequest]) => ({ cli, name: cli.name, signal, inRequest })))(
    'in a request of $name ($signal) is no good end',
    async ({ cli, signal, inRequest }) => {
      expect(await endBy(cli, signal, hang())).toMatchObject(inRequest)
    },
  )

  it.each(ends.map(([cli, signal, , inTool]) => ({ cli, name: cli.name, signal, inTool })))(
    'in a tool of $name ($signal) is no good end, and the tool ends with it',
    async ({ cli, signal, inTool }) => {
      expect(await endBy(cli, signal, runShell('echo >begun; sleep 600 & sleep 600'))).toMatchObject(inTool)
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
