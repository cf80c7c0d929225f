import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { claude } from '../../src/runners/agent-cli/claude.ts'
import { codex } from '../../src/runners/agent-cli/codex.ts'
import { gemini } from '../../src/runners/agent-cli/gemini.ts'
import { hang, runShell, say, type ModelRequest } from '../helpers/model-server.ts'
import { untilFile } from '../helpers/processes.ts'
import { never } from '../runners/sessions.ts'
import { inOrder, useModels } from './models/server.ts'
import { cliSession, openCli, resumeOf, runToEnd } from './sessions.ts'

const models = useModels()
const clis = [claude, codex, gemini].map((cli) => ({ cli, name: cli.name }))

describe('a resumed session', () => {
  it.each(clis)('of $name knows what was said, and its usage is that of the attempt', async ({ cli }) => {
    const one = cliSession(cli, models, inOrder(runShell('echo seen'), say('The first.'), say('The second.')))
    const first = await runToEnd(cli, one)
    const again = resumeOf(one, { usedBefore: first.usage })
    const second = await runToEnd(cli, { ...again, prompt: () => 'And now?' })

    expect(first).toMatchObject({ type: 'turn-ended', usage: { inputTokens: 200, outputTokens: 60 } })
    expect(second).toMatchObject({
      type: 'turn-ended',
      detail: 'The second.',
      usage: { inputTokens: 100, outputTokens: 30 },
    })
    const said = textOf(one.model.requests.at(-1))
    for (const text of ['Do it.', 'seen', 'The first.', 'And now?']) expect(said).toContain(text)
    // Only claude counts the cost.
    expect(second.usage?.cost ?? 0).toBeCloseTo((first.usage?.cost ?? 0) / 2, 6)
  })

  it.each(clis)('of $name that was killed in a tool knows its prompt', async ({ cli }) => {
    const one = cliSession(cli, models, inOrder(runShell('echo >begun; sleep 600'), say('After all.')))
    const runner = await openCli(cli)
    await runner.start(one, never)
    await untilFile(`${one.root}/begun`)
    await runner.end(one, true, never)
    expect(await runner.askToResume(one.record)).toBeNull()

    const again = { ...resumeOf(one), prompt: () => 'And now?' }
    expect(await runToEnd(cli, again)).toMatchObject({ type: 'turn-ended', detail: 'After all.' })
    expect(textOf(one.model.requests.at(-1))).toMatch(/Do it\.[^]*And now\?/)
  })

  it.each(clis)(
    'of $name that its program does not have is missing, and no model is asked',
    async ({ cli }) => {
      const one = cliSession(cli, models, inOrder(say('A new one.')))
      const stale = resumeOf(one, { sessionId: randomUUID() })
      expect(await runToEnd(cli, stale)).toMatchObject({ type: 'session-missing' })
      expect(one.model.requests).toEqual([])
    },
  )

  it('of codex is refused while another process has it', async () => {
    const one = cliSession(codex, models, inOrder(say('The first.'), hang()))
    await runToEnd(codex, one)
    const runner = await openCli(codex)
    const [second, third] = [resumeOf(one), resumeOf(resumeOf(one))]
    await runner.start(second, never)
    await one.model.asked(2)
    expect(await runToEnd(codex, third)).toMatchObject({
      type: 'refused',
      detail: expect.stringContaining('active writer'),
    })
    await runner.end(second, true, never)
  })
})

function textOf(request: ModelRequest | undefined): string {
  return request?.messages.map(({ text }) => text).join('\n') ?? ''
}
