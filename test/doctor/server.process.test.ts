import { createServer } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { identify } from '../../src/process/identity.ts'
import { triedVersion } from '../../src/runners/opencode/tested-version.ts'
import { look, workspace } from './checkup.ts'

describe('the opencode server', () => {
  const self = identify(process.pid)
  const dead = { pid: 4194305, startTicks: '1', host: self?.host, bootId: self?.bootId }
  const startedAt = '2026-01-01T00:00:00.000Z'

  function record(fields: object): void {
    const live = { phase: 'ready', version: triedVersion, password: 'x', environment: '', startedAt }
    workspace.write('work/.run/opencode.json', { ...live, ...fields })
  }

  test('that has exited leaves a record, which is a warning', async () => {
    record({ ...dead, keeper: dead, port: 1 })
    expect((await look()).get('server')).toMatch(
      /^warning: the recorded server has exited \(process 4194305, started 2026.* → .*work doctor --stop-server/,
    )
    record({ phase: 'claimed', keeper: dead })
    expect((await look()).get('server')).toMatch(/^warning: the recorded server has exited \(keeper 4194305/)
  })

  test('with an invalid record is a warning', async () => {
    workspace.write('work/.run/opencode.json', 'half a rec')
    expect((await look()).get('server')).toMatch(
      /^warning: work\/\.run\/opencode\.json is not a valid record/,
    )
  })

  test('that is idle is shown; one without a keeper is a warning', async () => {
    const port = await serve()
    record({ ...self, keeper: self, port })
    expect((await look()).get('server')).toMatch(
      /^ok: process \d+, port \d+, opencode .*, idle: stops by itself$/,
    )
    record({ ...self, keeper: dead, port })
    expect((await look()).get('server')).toMatch(
      /^warning: .*, without a process that stops it when it is unused/,
    )
  })

  test('that does not answer is a warning', async () => {
    record({ ...self, keeper: self, port: 1 })
    expect((await look()).get('server')).toMatch(/^warning: .*, does not answer → .*--stop-server --force/)
  })

  test('lists the models, and agents without any existing model are a problem', async () => {
    record({ ...self, keeper: self, port: await serve() })
    const agents = [
      { name: 'default', models: ['local/m1'] },
      { name: 'half', models: ['local/m1', 'local/m2'] },
      { name: 'none', models: ['other/m1'] },
      { name: 'spare', models: ['local/m1', 'other/m9'] },
    ]
    workspace.write('work/agents.yaml', JSON.stringify({ agents }))
    const found = await look()
    expect(found.get('agent default')).toBe('ok: opencode: local/m1')
    expect(found.get('models')).toBe('ok: 1 model of opencode: local (1)')
    expect(found.get('agent half')).toMatch(
      /^problem: opencode does not have local\/m2\. Did you mean local\/m1\? → opencode models lists all/,
    )
    expect(found.get('agent none')).toMatch(
      /^problem: opencode does not have other\/m1\. Did you mean local\/m1\?/,
    )
    expect(found.get('agent spare')).toMatch(
      /^warning: opencode does not have other\/m9\. These providers have models: local\./,
    )
  })
})

/** Starts a server that answers as opencode does when nobody uses it, and knows one model. Gives its port. */
async function serve(): Promise<number> {
  const answers: Record<string, unknown> = {
    '/global/health': { healthy: true, version: triedVersion },
    '/session': [],
    '/session/status': {},
    '/config/providers': { providers: [{ id: 'local', models: { m1: {} } }] },
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost')
    response.end(JSON.stringify(answers[pathname]))
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
