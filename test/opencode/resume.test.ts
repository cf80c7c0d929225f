import { rmSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { SessionRecord } from '../../machines/session.ts'
import { Connection } from '../../src/runners/opencode/connection.ts'
import { runner as opencodeDefinition } from '../../src/runners/opencode/index.ts'
import { opencodeRunner } from '../../src/runners/opencode/runner.ts'
import { openServer } from '../../src/runners/opencode/server/server.ts'
import type { Runner, RunnerSession } from '../../src/runners/runner.ts'
import { WorkError } from '../../src/errors.ts'
import { session } from '../engine/world.ts'
import { hang, say } from '../helpers/model-server.ts'
import { withOpencode } from '../helpers/opencode.ts'
import { until } from '../helpers/until.ts'

const ran = { runner: 'opencode', usage: {}, status: 'interrupted' } as const

describe('resuming an opencode session', () => {
  const opencode = withOpencode(({ prompt }) => (prompt === 'HANG on' ? hang('Well,') : say('Hello.')))

  it('is possible while opencode has the session, and no longer when it was deleted', async () => {
    const { client, root } = opencode()
    const { data } = await client.session.create({ title: 'to be resumed' }, { throwOnError: true })
    const runner = runnerOn(root)
    const known = session({ ...ran, sessionId: data.id })
    expect(await runner.askToResume(known)).toBeNull()
    await client.session.delete({ sessionID: data.id }, { throwOnError: true })
    expect(await runner.askToResume(known)).toBe(
      `opencode no longer has session ${data.id}. Retry starts a new session with the open tasks.`,
    )
  })

  it("is refused with the error if opencode can't be asked", async () => {
    const missing = new WorkError('opencode is not installed.', { code: 'opencode-missing' })
    const { root } = opencode()
    const connection = new Connection(() => Promise.reject(missing), root)
    const runner = opencodeRunner(opencodeDefinition, {
      connect: () => connection,
      root,
      now: () => new Date(),
    })
    onTestFinished(() => runner.close())
    expect(await runner.askToResume(session({ ...ran, sessionId: 'ses_7' }))).toBe(
      'Could not ask opencode for session ses_7: opencode is not installed.',
    )
  })

  it('counts a session with an incomplete record as lost, and stops it', async () => {
    const { client, root } = opencode()
    const { data } = await client.session.create({ title: 'damaged' }, { throwOnError: true })
    const sessionId = data.id
    const runner = runnerOn(root)
    await client.session.promptAsync(
      { sessionID: sessionId, parts: [{ type: 'text', text: 'HANG on' }] },
      { throwOnError: true },
    )
    const request = await opencode().model.waitForRequest(({ prompt }) => prompt === 'HANG on')
    const damaged = inFolder(root, session({ ...ran, sessionId, status: 'running', messageId: undefined }))
    expect(await runner.look(damaged)).toMatchObject({
      type: 'ended',
      evidence: { type: 'gone', detail: expect.stringContaining('has no "messageId"') },
    })
    await until(() => request.closed)
    expect(await runner.look(damaged)).toMatchObject({ type: 'ended', evidence: { type: 'gone' } })
  })

  it('ends a session that opencode never had, or that no opencode can be asked for', async () => {
    const { root } = opencode()
    const record = session({ ...ran, sessionId: 'ses_never', messageId: 'msg_never', status: 'running' })
    const never = new AbortController().signal
    expect(await runnerOn(root).end(inFolder(root, record), true, never)).toMatchObject({
      evidence: { type: 'abandoned' },
      wasOver: false,
    })
    const missing = new WorkError('opencode is not installed.', { code: 'opencode-missing' })
    const connection = new Connection(() => Promise.reject(missing), root)
    const runner = opencodeRunner(opencodeDefinition, {
      connect: () => connection,
      root,
      now: () => new Date(),
    })
    onTestFinished(() => runner.close())
    expect(await runner.end(inFolder(root, record), true, never)).toMatchObject({
      evidence: { type: 'server-lost', detail: 'opencode is not installed.' },
    })
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
    const runner = opencodeRunner(opencodeDefinition, {
      connect: () => connection,
      root,
      now: () => new Date(),
    })
    onTestFinished(async () => {
      await runner.close()
      rmSync(`${root}/run`, { recursive: true, force: true })
    })
    return runner
  }
})

/** A session as a runner takes it. */
function inFolder(root: string, record: SessionRecord): RunnerSession {
  return {
    record,
    root,
    agent: { name: 'default', options: {} },
    title: '',
    prompt: () => '',
    env: () => ({}),
  }
}
