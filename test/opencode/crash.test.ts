import type { OpencodeClient } from '@opencode-ai/sdk/v2/client'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Running, TestWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { callTool, fail, hang, runShell, say, type Answer } from '../helpers/model-server.ts'
import { withOpencode } from '../helpers/opencode.ts'
import { lives } from '../helpers/processes.ts'
import { sessionsOf } from '../helpers/scene.ts'
import { openGate, type Gate } from './gate.ts'
import { clientOf, makeReady, makeSignal, oneAgent, sessionIds, transcript } from './scene.ts'
import { batchOf } from '../builders/plan.ts'

const thread = '01.01.01'

describe('a server that others have started (--server)', () => {
  const opencode = withOpencode(() => say('Unasked.'))

  test.each([
    ['before its session is made', /^POST .api.session(\?|$)/, 'request'],
    ['when its session has just been made', /^POST .api.session(\?|$)/, 'answer'],
    ['when its session has just got its title', /^PATCH .session/, 'answer'],
    ['before its prompt is delivered', /prompt_async/, 'request'],
    ['when its prompt has just been delivered', /prompt_async/, 'answer'],
  ] as const)('work can be killed %s: the thread is done exactly once', async (_, pattern, what) => {
    const { workspace, gate, client, run, requests } = await makeCase(() => say('Done.'))
    const stopped = gate.stop(pattern, what)
    const first = run()
    await stopped.reached()
    const [planned] = sessionsOf(workspace, thread)
    await kill(first)

    const result = await run('--json').ended

    expect(result.code, result.stderr).toBe(0)
    const sessions = sessionsOf(workspace, thread)
    expect(sessions).toMatchObject([{ attempt: 1, status: 'completed', detail: 'Done.' }])
    expect(sessions[0]?.sessionId).toBe(planned?.sessionId)
    expect(sessions[0]?.messageId).toBe(planned?.messageId)
    await expectOnePrompt(workspace, client)
    expect(requests()).toHaveLength(1)
  })

  test('work can be killed while its agent works: the next run waits for the same one', async () => {
    const { workspace, client, run, requests, answer } = await makeGated(say('Done.'))
    const first = run()
    await until(() => requests().length === 1)
    await kill(first)
    const next = run('--json')
    await until(() => next.stderr.includes('from an earlier run:'))
    answer()
    expect((await next.ended).code).toBe(0)
    expect(sessionsOf(workspace, thread)).toMatchObject([{ attempt: 1, status: 'completed' }])
    await expectOnePrompt(workspace, client)
    expect(requests()).toHaveLength(1)
  })

  test('work can be killed while its agent works: its server still shows the session', async () => {
    const { workspace, env, run, requests, answer } = await makeGated(say('Done.'))
    const first = run()
    await until(() => requests().length === 1)
    await kill(first)
    const status = await workspace.run(['status', '--json'], { env })
    expect(JSON.parse(status.stdout)).toMatchObject({ streams: [{ threads: [{ status: 'running' }] }] })
    const retry = ['fix', '--thread', thread, '--retry', '--yes']
    const refused = await workspace.run(retry, { env })
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is still running, without a supervisor'),
    })
    // A process that can't ask the server does not count the session as dead.
    expect((await workspace.work(...retry)).code).toBe(2)
    const next = workspace.start(['continue', '--json'], { env })
    await until(() => next.stderr.includes('from an earlier run:'))
    answer()
    expect((await next.ended).code).toBe(0)
    expect(sessionsOf(workspace, thread)).toMatchObject([{ attempt: 1, status: 'completed' }])
    expect(requests()).toHaveLength(1)
  })

  test('work can stay dead until its agent has finished: what it did is recorded', async () => {
    const { workspace, client, run, requests, answer } = await makeGated(say('Done meanwhile.'))
    const first = run()
    await until(() => requests().length === 1)
    await kill(first)
    answer()
    const [session] = sessionsOf(workspace, thread)
    await until(async () => (await transcript(client, session?.sessionId ?? '')).length === 2)
    expect((await run('--json').ended).code).toBe(0)
    expect(sessionsOf(workspace, thread)).toMatchObject([
      {
        attempt: 1,
        status: 'completed',
        detail: 'Done meanwhile.',
        usage: { inputTokens: 100, outputTokens: 20 },
      },
    ])
    await expectOnePrompt(workspace, client)
    expect(requests()).toHaveLength(1)
  })

  test('a permission that was asked for while work was dead is answered by the next one', async () => {
    const { workspace, client, run, requests, answer } = await makeGated(
      callTool('read', { filePath: '/etc/hostname' }),
    )
    const first = run()
    await until(() => requests().length === 1)
    await kill(first)
    answer()
    await until(async () => (await client.permission.list()).data?.length === 1)
    expect((await run('--json').ended).code).toBe(1)
    expect(sessionsOf(workspace, thread)).toMatchObject([{ attempt: 1, reason: 'rejected' }])
    expect(requests()).toHaveLength(1)
  })

  test('a provider that asked to wait an hour while work was dead has refused', async () => {
    const { workspace, client, run, requests, answer } = await makeGated(
      fail(429, 'slow down', { 'retry-after': '3600' }),
    )
    const first = run()
    await until(() => requests().length === 1)
    await kill(first)
    answer()
    await until(async () => Object.values((await client.session.status()).data ?? {})[0]?.type === 'retry')
    expect((await run('--json').ended).code).toBe(1)
    expect(sessionsOf(workspace, thread)).toMatchObject([
      { attempt: 1, reason: 'rate-limit', detail: expect.stringContaining('slow down') },
    ])
    expect(requests()).toHaveLength(1)
    expect((await client.session.status()).data).toEqual({})
  })

  test('a timeout on an external server is enforced by the watching work', async () => {
    const { workspace, client, run, requests } = await makeCase(() => hang('Well,'))
    workspace.write('work/agents.yaml', oneAgent({ done_when: 'exit', timeout: '20s' }))
    const first = run()
    await until(() => existsSync(join(workspace.stream.logs, thread, '1.prompted.md')))
    await kill(first)
    expect((await run('--json').ended).code).toBe(1)
    expect(sessionsOf(workspace, thread)).toMatchObject([{ attempt: 1, status: 'failed', reason: 'timeout' }])
    await until(() => requests().every(({ closed }) => closed))
    expect((await client.session.status()).data).toEqual({})
  })

  test('Ctrl-C ends the agent and its shell command; the next run continues the same conversation', async () => {
    const answers = [runShell('echo $$ > pid; sleep 300'), say('Done after all.')]
    const { workspace, client, run, requests } = await makeCase(() => answers.shift() ?? fail(400, 'no more'))
    const first = run('--json')
    await until(() => existsSync(join(workspace.root, 'pid')) && workspace.read('pid').endsWith('\n'))
    const pid = Number(workspace.read('pid'))
    expect(lives(pid)).toBe(true)
    first.kill('SIGINT')
    const interrupted = await first.ended
    expect(interrupted.code, interrupted.stderr).toBe(130)
    await until(() => !lives(pid))
    expect(sessionsOf(workspace, thread)).toMatchObject([{ status: 'interrupted', reason: 'user' }])
    expect(requests()).toHaveLength(1)

    // Another model by now: that one is asked.
    workspace.write('work/agents.yaml', oneAgent({ done_when: 'exit', models: ['local/m2'] }))
    const second = await run('--json').ended
    expect(second.code, second.stderr).toBe(0)
    expect(requests().map((request) => request.model)).toEqual(['m1', 'm2'])
    const sessions = sessionsOf(workspace, thread)
    expect(sessions).toMatchObject([
      { attempt: 1, mode: 'fresh', status: 'interrupted' },
      { attempt: 2, mode: 'resume', model: 'local/m2', status: 'completed', detail: 'Done after all.' },
    ])
    expect(sessions[1]?.sessionId).toBe(sessions[0]?.sessionId)
    expect(sessions[1]?.messageId).not.toBe(sessions[0]?.messageId)
    expect(await sessionIds(client)).toHaveLength(1)
    const told = requests()
      .at(-1)
      ?.messages.filter(({ role }) => role !== 'system')
    expect(told).toMatchObject([
      { role: 'user', text: expect.stringContaining('Hello Agent!') },
      { role: 'assistant', calls: ['bash'] },
      { role: 'tool', text: expect.stringContaining('aborted') },
      { role: 'user', text: expect.stringContaining('Continue where you left off') },
    ])
  })

  test('Ctrl-C while the prompt is on its way leaves nothing running', async () => {
    const { workspace, gate, client, run, requests } = await makeCase(() => hang())
    const stopped = gate.stop(/prompt_async/, 'answer')
    const first = run('--json')
    await stopped.reached()
    first.kill('SIGINT')
    await until(() => first.stderr.includes('Stopping'))
    stopped.release()
    expect((await first.ended).code).toBe(130)
    expect(sessionsOf(workspace, thread)).toMatchObject([{ status: 'interrupted', reason: 'user' }])
    expect((await client.session.status()).data).toEqual({})
    await until(() => requests().every(({ closed }) => closed))
  })

  test('Ctrl-C before the prompt is delivered: the next run starts over', async () => {
    const { workspace, gate, run, requests } = await makeCase(() => say('Done.'))
    const stopped = gate.stop(/^POST .api.session(\?|$)/, 'request')
    const first = run('--json')
    await stopped.reached()
    first.kill('SIGINT')
    await until(() => first.stderr.includes('Stopping'))
    stopped.release()
    expect((await first.ended).code).toBe(130)
    expect(requests()).toEqual([])
    expect((await run('--json').ended).code).toBe(0)
    expect(sessionsOf(workspace, thread)).toMatchObject([
      { status: 'interrupted', reason: 'user' },
      { mode: 'fresh', status: 'completed' },
    ])
  })

  test('is used, and no own one is started', async () => {
    const { workspace, run } = await makeCase(() => say('Done.'))
    expect((await run('--json').ended).code).toBe(0)
    expect(existsSync(join(workspace.paths.run, 'opencode.json'))).toBe(false)
  })

  test('a wrong address or password is reported, and nothing is recorded as started', async () => {
    const { workspace } = await makeCase(() => say('Done.'))
    const env = { OPENCODE_SERVER_PASSWORD: 'wrong' }
    const refused = await workspace.run(['multi', '--continue', '--server', opencode().url], { env })
    expect(refused.code).not.toBe(0)
    expect(refused.stdout + refused.stderr).toContain(`${opencode().url} refuses the password`)
    const gone = await workspace.work('multi', '--continue', '--server', 'http://127.0.0.1:9')
    expect(gone.code).not.toBe(0)
    expect(gone.stdout + gone.stderr).toContain("The server http://127.0.0.1:9 can't be reached")
    expect(gone.stderr).not.toContain('    at ')
    expect(sessionsOf(workspace, thread)).toEqual([])
  })

  interface Scene {
    workspace: TestWorkspace
    gate: Gate
    client: OpencodeClient
    /** The environment that has the server's password. */
    env: Record<string, string>
    run: (...args: string[]) => Running
    /** The requests to the model since the case began. */
    requests: () => ReturnType<typeof opencode>['model']['requests'][number][]
  }

  /** A thread whose agent is done when it ends normally: this server's shells have no `work`. */
  async function makeCase(script: () => Answer | Promise<Answer>): Promise<Scene> {
    const { url, password, model } = opencode()
    const workspace = await makeReady(batchOf(1), oneAgent({ done_when: 'exit' }))
    const gate = await openGate(url)
    onTestFinished(() => gate.close())
    const begin = model.requests.length
    model.follow(script)
    const env = { OPENCODE_SERVER_PASSWORD: password }
    return {
      workspace,
      gate,
      env,
      client: clientOf({ url, user: 'opencode', password }, workspace.root),
      run: (...args) => workspace.start(['multi', '--continue', '--server', gate.url, ...args], { env }),
      requests: () => model.requests.slice(begin),
    }
  }

  /** A case whose model answers only when `answer` is called. */
  async function makeGated(given: Answer): Promise<Scene & { answer: () => void }> {
    const { given: told, give: answer } = makeSignal()
    const scene = await makeCase(async () => {
      await told
      return given
    })
    return { ...scene, answer }
  }
})

async function kill(run: Running): Promise<void> {
  run.kill('SIGKILL')
  expect((await run.ended).signal).toBe('SIGKILL')
}

async function expectOnePrompt(workspace: TestWorkspace, client: OpencodeClient): Promise<void> {
  const [session] = sessionsOf(workspace, thread)
  expect(await sessionIds(client)).toEqual([session?.sessionId])
  const sessionID = session?.sessionId ?? ''
  const { data } = await client.session.messages({ sessionID }, { throwOnError: true })
  const prompts = data.filter(({ info }) => info.role === 'user')
  expect(prompts.map(({ info, parts }) => [info.id, parts.length])).toEqual([[session?.messageId, 1]])
}
