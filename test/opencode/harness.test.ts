import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { byMarker, drop, fail, hang, runShell, say, startModelServer } from '../helpers/model-server.ts'
import { withOpencode } from '../helpers/opencode.ts'
import { until } from '../helpers/until.ts'

describe('the opencode of the tests', () => {
  const opencode = withOpencode(
    byMarker({
      GREET: [say('Hello there.')],
      SHELL: [runShell('echo in $PWD'), say('It ran.')],
      HANG: [hang('Well,')],
    }),
  )

  it('answers as scripted, and reports its usage', async () => {
    const messages = await prompt('GREET me')
    expect(messages.at(-1)?.info).toMatchObject({
      finish: 'stop',
      tokens: { input: 100, output: 20 },
      cost: 0.00014,
    })
    expect(textsOf(messages)).toEqual(['GREET me', 'Hello there.'])
    const { requests } = opencode().model
    expect(requests.filter((request) => request.prompt === 'GREET me')).toMatchObject([{ model: 'm1' }])
  })

  it('runs a shell command in the repository, and the model gets what it wrote', async () => {
    const messages = await prompt('SHELL please')
    expect(textsOf(messages)).toEqual(['SHELL please', 'It ran.'])
    const { root, model } = opencode()
    const { messages: told, tools } = await model.waitForRequest((request) =>
      request.messages.some(({ role }) => role === 'tool'),
    )
    expect(tools).toContain('bash')
    expect(told.slice(-2)).toEqual([
      { role: 'assistant', text: '', calls: ['bash'] },
      { role: 'tool', text: `in ${root}\n`, calls: [] },
    ])
  })

  it('hangs up on a model that hangs when the turn is aborted', async () => {
    const sessionID = await start('HANG on')
    const { client, model } = opencode()
    const request = await model.waitForRequest((one) => one.prompt === 'HANG on')
    expect(request.closed).toBe(false)
    await client.session.abort({ sessionID })
    await until(() => request.closed)
  })

  it('leaves HOME empty', () => {
    expect(readdirSync(opencode().home)).toEqual([])
  })

  async function prompt(text: string) {
    const sessionID = await start(text)
    return until(async () => {
      const { data = [] } = await opencode().client.session.messages({ sessionID })
      const last = data.at(-1)?.info
      return last?.role === 'assistant' && last.finish === 'stop' && last.time.completed ? data : undefined
    })
  }

  async function start(text: string): Promise<string> {
    const { client, root } = opencode()
    const id = `ses_${randomBytes(13).toString('hex')}`
    const model = { providerID: 'local', modelID: 'm1' }
    const options = { throwOnError: true } as const
    await client.v2.session.create({ id, location: { directory: root } }, options)
    await client.session.update({ sessionID: id, title: 'demo' }, options)
    await client.session.promptAsync(
      { sessionID: id, agent: 'build', model, parts: [{ type: 'text', text }] },
      options,
    )
    return id
  }
})

describe('the model server', () => {
  it('fails, drops and hangs as scripted, and rejects proxy requests', async () => {
    const model = await startModelServer(
      byMarker({ SLOW: [fail(429, 'slow down', { 'retry-after': '7' })], DROP: [drop()], HANG: [hang()] }),
    )
    const ask = (content: string) =>
      fetch(`${model.url}/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'm1', messages: [{ role: 'user', content }] }),
      })
    const slow = await ask('SLOW')
    expect([slow.status, slow.headers.get('retry-after'), await slow.json()]).toEqual([
      429,
      '7',
      { error: { message: 'slow down', type: 'scripted' } },
    ])
    await expect(ask('DROP')).rejects.toThrow('fetch failed')
    expect((await ask('what?')).status).toBe(400)
    const hung = ask('HANG').catch(() => 'cut off')
    await model.waitForRequest(({ prompt }) => prompt === 'HANG')
    expect((await fetch(`${model.origin}/elsewhere`)).status).toBe(502)
    expect(model.strangers).toEqual(['GET /elsewhere'])
    model.close()
    expect(await hung).toBe('cut off')
  })
})

function textsOf(messages: readonly { parts: readonly { type: string; text?: string }[] }[]): string[] {
  return messages.flatMap(({ parts }) => parts.flatMap(({ type, text }) => (type === 'text' && text) || []))
}
