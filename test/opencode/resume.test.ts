import { rmSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Connection } from '../../src/agents/opencode/connection.ts'
import { opencodeRunner } from '../../src/agents/opencode/runner.ts'
import { openServer } from '../../src/agents/opencode/server.ts'
import type { Runner } from '../../src/agents/runner.ts'
import { WorkError } from '../../src/errors.ts'
import { session } from '../engine/world.ts'
import { say } from '../helpers/model-server.ts'
import { withOpencode } from '../helpers/opencode.ts'

const agent = { name: 'default' }
const ran = { runner: 'opencode', usage: {}, status: 'interrupted' } as const

describe('going on with a session of opencode', () => {
  const opencode = withOpencode(() => say('Hello.'))

  it('is possible while opencode has the session, and no longer when it was deleted', async () => {
    const { client, root } = opencode()
    const { data } = await client.session.create({ title: 'to be resumed' }, { throwOnError: true })
    const runner = runnerOn(root)
    const known = session({ ...ran, sessionId: data.id })
    expect(await runner.refusalToResume(agent, known)).toBeNull()
    await client.session.delete({ sessionID: data.id }, { throwOnError: true })
    expect(await runner.refusalToResume(agent, known)).toBe(
      `opencode no longer has session ${data.id}; a retry starts a new one with the open tasks.`,
    )
  })

  it('is refused without asking for a session that got no prompt, ran on something else, or is too old', async () => {
    const runner = opencodeRunner({
      connection: new Connection(() => Promise.reject(new Error('nobody is to ask')), opencode().root),
      root: opencode().root,
      now: () => new Date(),
    })
    onTestFinished(() => runner.close())
    const refusals = [
      { ...ran, usage: undefined },
      { ...ran, runner: 'command' },
      { ...ran, runner: undefined },
    ]
    const told = refusals.map((fields) => runner.refusalToResume(agent, session(fields)))
    expect(await Promise.all(told)).toEqual([
      expect.stringContaining('called off before its prompt arrived; a retry'),
      expect.stringContaining('ran on command, and its agent now runs on opencode; a retry'),
      expect.stringContaining('is from an earlier version, which did not record what it ran on; a retry'),
    ])
  })

  it('is refused with the words of opencode when that can not be asked', async () => {
    const missing = new WorkError('opencode is not installed.', { code: 'opencode-missing' })
    const { root } = opencode()
    const connection = new Connection(() => Promise.reject(missing), root)
    const runner = opencodeRunner({ connection, root, now: () => new Date() })
    onTestFinished(() => runner.close())
    expect(await runner.refusalToResume(agent, session({ ...ran, sessionId: 'ses_7' }))).toBe(
      'opencode could not be asked for session ses_7: opencode is not installed.',
    )
  })

  function runnerOn(root: string): Runner {
    const { env, url } = opencode()
    const connection = new Connection(
      () =>
        openServer({
          run: `${root}/run`,
          root,
          env,
          keeper: '',
          withLock: (action) => action(),
          external: url,
          idle: 1000,
        }),
      root,
    )
    const runner = opencodeRunner({ connection, root, now: () => new Date() })
    onTestFinished(async () => {
      await runner.close()
      rmSync(`${root}/run`, { recursive: true, force: true })
    })
    return runner
  }
})
