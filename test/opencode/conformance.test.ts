import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, vi } from 'vitest'
import { workspaceAt } from '../../src/paths.ts'
import { newOpencodeId } from '../../src/runners/opencode/ids.ts'
import { runner as definition } from '../../src/runners/opencode/index.ts'
import { empty, hang, runShell, say, type ModelRequest } from '../helpers/model-server.ts'
import { withOpencode } from '../helpers/opencode.ts'
import { describeRunner, type RunnerUnderTest } from '../runners/conformance.ts'

/** Writes while it runs by the output of a tool: opencode reports an answer only when it is complete. */
const opencode = withOpencode(({ prompt, messages }: ModelRequest) => {
  if (prompt.startsWith('silent')) return empty()
  if (!prompt.startsWith('hangs')) return say('ready')
  return messages.some(({ calls }) => calls.length > 0) ? hang() : runShell('echo ready')
})

afterEach(() => vi.unstubAllEnvs())

const make = (): Promise<RunnerUnderTest> => {
  const { client, env, password, root, url } = opencode()
  vi.stubEnv('OPENCODE_SERVER_PASSWORD', password)
  return Promise.resolve({
    definition,
    word: 'ready',
    knowsItsSessions: true,
    open: () =>
      definition.open({
        workspace: workspaceAt(root),
        helpers: { recorder: '', keeper: '' },
        env,
        now: () => new Date(),
        server: url,
      }),
    makeSession: (behaviour) => {
      const token = randomUUID()
      return Promise.resolve({
        root,
        agent: { name: 'default', options: {} },
        title: 'demo 01.01.01 #1',
        prompt: () => `${behaviour} ${token}`,
        env: () => ({}),
        record: {
          sessionId: newOpencodeId('ses'),
          messageId: newOpencodeId('msg'),
          agentName: 'default',
          model: 'local/m1',
          startedAt: new Date().toISOString(),
          status: 'running',
          runner: 'opencode',
          mode: 'fresh',
          server: url,
          token,
          log: join('work', 'logs', token),
        },
      })
    },
    resumed: (one) => ({
      ...one,
      record: {
        ...one.record,
        mode: 'resume',
        messageId: newOpencodeId('msg'),
        log: `${one.record.log}-2`,
      },
    }),
    countStarts: async ({ record }) => {
      const { data = [] } = await client.session.messages({ sessionID: record.sessionId })
      return data.filter(({ info }) => info.role === 'user').length
    },
    isAtWork: async ({ record }) => {
      const { data = {} } = await client.session.status()
      return data[record.sessionId] !== undefined
    },
  })
}

// Its agents are no processes of their own, and get no signals.
describeRunner('opencode', make, { without: ['stubborn'] })
