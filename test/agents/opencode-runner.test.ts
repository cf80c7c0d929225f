import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openApi } from '../../src/runners/opencode/client.ts'
import { Connection } from '../../src/runners/opencode/connection.ts'
import { runner as opencodeDefinition } from '../../src/runners/opencode/index.ts'
import { opencodeRunner } from '../../src/runners/opencode/runner.ts'
import { writePrompt } from '../../src/runners/recorded/recorder-files.ts'
import { heldServer, isSilent, refuses, startFake } from './fake-opencode.ts'
import { never, session } from './sessions.ts'
import { until } from '../helpers/until.ts'

const messages = '/session/ses_1/message'
const done = [
  { info: { id: 'msg_1', role: 'user', time: { created: 1 } }, parts: [] },
  {
    info: {
      id: 'msg_2',
      role: 'assistant',
      finish: 'stop',
      time: { created: 2, completed: 3 },
      cost: 0,
      tokens: { input: 1, output: 2, reasoning: 0, cache: { read: 0, write: 0 } },
    },
    parts: [{ type: 'text', text: 'Done.' }],
  },
]

describe("a server that does not report a session's status", () => {
  it('for a moment is asked again, and the session is not lost', async () => {
    const { one, runner, answers, asked } = await makeCase()
    const watched = runner.watch(one, never)
    await until(() => asked.filter((path) => path === messages).length > 4)
    answers[messages] = done
    expect(await watched).toMatchObject({ type: 'turn-ended', detail: 'Done.' })
  })

  it('for too long has lost the session, which is aborted first', async () => {
    const { one, runner, asked } = await makeCase()
    const watched = runner.watch(one, never)
    await until(() => asked.includes(messages))
    const clock = performance.now.bind(performance)
    vi.spyOn(performance, 'now').mockImplementation(() => clock() + 61_000)
    expect(await watched).toMatchObject({
      type: 'server-lost',
      detail: expect.stringContaining('opencode did not return its messages'),
    })
    expect(asked).toContain('/session/ses_1/abort')
  })

  it('leaves a session of an earlier run for watching', async () => {
    const { one, runner } = await makeCase()
    expect(await runner.look(one)).toEqual({ type: 'alive', process: null })
  })
})

it('a session that works silently for hours is still watched', async () => {
  const { one, runner, answers, asked } = await makeCase()
  answers['/session/status'] = { ses_1: { type: 'busy' } }
  answers[messages] = done
  const clock = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + 3 * 3_600_000)
  const watched = runner.watch(one, never)
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + 6 * 3_600_000)
  await until(() => asked.filter((path) => path === messages).length > 1)
  answers['/session/status'] = {}
  expect(await watched).toMatchObject({ type: 'turn-ended' })
})

it('a prompt that is not answered for half a minute is waited for; after that, it is aborted before it is given up', async () => {
  const { one, runner, answers, asked } = await makeCase()
  answers[messages] = done.slice(0, 1)
  const clock = performance.now.bind(performance)
  const watched = runner.watch(one, never)
  await until(() => asked.includes(messages))
  let late = 30_000
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + late)
  const before = asked.length
  await until(() => asked.slice(before).filter((path) => path === messages).length > 1)
  expect(asked).not.toContain('/session/ses_1/abort')
  late = 61_000
  expect(await watched).toMatchObject({
    type: 'server-lost',
    detail: expect.stringContaining('never answered'),
  })
  expect(asked).toContain('/session/ses_1/abort')
})

it('a prompt that begins late is still aborted: no working session is recorded as ended', async () => {
  const { one, runner, answers, asked } = await makeCase()
  writePrompt(one.files, 'Go.')
  answers[messages] = done.slice(0, 1)
  const aborts = () => asked.filter((path) => path.endsWith('/abort')).length
  const clock = performance.now.bind(performance)
  const ended = runner.end(one, false, never)
  await until(() => aborts() > 0)
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + 15_000)
  let before = aborts()
  await until(() => aborts() > before + 1)
  answers['/session/status'] = { ses_1: { type: 'busy' } }
  before = aborts()
  await until(() => aborts() > before + 1)
  answers[messages] = done
  answers['/session/status'] = {}
  expect(await ended).toMatchObject({ evidence: { type: 'turn-ended' }, wasOver: false })
})

it('a call to a server that never answers fails', async () => {
  const { url } = await startFake({ '/session/status': isSilent })
  const api = openApi(
    heldServer(url, () => undefined),
    '/repo',
    50,
  )
  await expect(api.statuses()).rejects.toThrow(/timeout/i)
})

/** A session on a server that refuses to return its messages. */
async function makeCase() {
  const answers: Record<string, unknown> = {
    '/session/status': {},
    '/session/ses_1/abort': true,
    '/permission': [],
    [messages]: refuses,
  }
  const { url, asked } = await startFake(answers)
  const one = session({ command: [], record: { sessionId: 'ses_1', messageId: 'msg_1', runner: 'opencode' } })
  const connection = new Connection(() => Promise.resolve(heldServer(url, () => undefined)), one.root)
  const runner = opencodeRunner(opencodeDefinition, {
    connect: () => connection,
    root: one.root,
    now: () => new Date(),
  })
  onTestFinished(async () => {
    vi.restoreAllMocks()
    await runner.close()
  })
  return { one, runner, answers, asked }
}
