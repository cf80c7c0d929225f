import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findByEnvironment, isAlive } from '../../../../src/process/identity.ts'
import { readRecord, serverFiles } from '../../../../src/runners/opencode/server/record.ts'
import {
  headersOf,
  openServer,
  type OpencodeServer,
  type ServerOptions,
} from '../../../../src/runners/opencode/server/server.ts'
import { lives } from '../../../helpers/processes.ts'
import { until } from '../../../helpers/until.ts'
import {
  configOf,
  opencode,
  recordOf,
  startHangingModel,
  type World,
  useWorld,
  withProgram,
} from './server-world.ts'

describe('a server that nobody uses', () => {
  const idle = 400
  const world = useWorld({ idle })

  it('ends, but not while it is used or one of its sessions works, and not with its keeper', async () => {
    const hanging = await startHangingModel()
    const env = { ...world.options.env, OPENCODE_CONFIG_CONTENT: configOf(hanging) }
    const options: ServerOptions = { ...world.options, env: withFlakyProgram(world, env) }
    const server = await openServer(options)
    const { pid, keeper } = recordOf(world)
    await pass(3 * idle)
    expect(lives(pid)).toBe(true)

    const elsewhere = join(options.root, 'packages')
    mkdirSync(elsewhere)
    await prompt(server, elsewhere)
    server.release()
    await pass(3 * idle)
    expect(recordOf(world)).toMatchObject({ phase: 'ready', pid })

    process.kill(keeper.pid, 'SIGKILL')
    await until(() => !isAlive(keeper), 'the end of the keeper')
    const again = await openServer(options)
    expect(again.url).toBe(server.url)
    expect(isAlive(recordOf(world).keeper)).toBe(true)
    again.release()

    await abort(server, elsewhere)
    await until(() => !lives(pid), 'the end of the server')
    await until(() => readRecord(serverFiles(options.run)) === undefined, 'the end of the record')
    await until(() => findByEnvironment('WORK_TEST', world.token).length === 0, 'the end of the keeper')
  })
})

/** An opencode that fails at its first start, as it may when several create their database. */
function withFlakyProgram(world: World, env: Record<string, string>): Record<string, string> {
  const mark = join(world.folder, 'tried')
  return withProgram(world, env, `[ -e '${mark}' ] || { touch '${mark}'; exit 1; }\nexec '${opencode}' "$@"`)
}

/** Makes a session work, and waits until it does. */
async function prompt(server: OpencodeServer, directory: string): Promise<void> {
  const model = { id: 'm1', providerID: 'local' }
  await post(server, '/api/session', { id: 'ses_1', model, location: { directory } })
  await post(server, `/session/ses_1/prompt_async?${new URLSearchParams({ directory }).toString()}`, {
    model: { modelID: 'm1', providerID: 'local' },
    parts: [{ type: 'text', text: 'Go.' }],
  })
  await until(async () => {
    const url = `${server.url}/session/status?${new URLSearchParams({ directory }).toString()}`
    const response = await fetch(url, { headers: headersOf(server) })
    return (await response.text()).includes('busy')
  })
}

function abort(server: OpencodeServer, directory: string): Promise<void> {
  return post(server, `/session/ses_1/abort?${new URLSearchParams({ directory }).toString()}`, {})
}

async function post(server: OpencodeServer, path: string, body: unknown): Promise<void> {
  const headers = { ...headersOf(server), 'content-type': 'application/json' }
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  expect(response.ok, path).toBe(true)
}

/** Waits while something could happen that must not. */
async function pass(milliseconds: number): Promise<void> {
  const over = performance.now() + milliseconds
  await until(() => performance.now() > over, 'the time')
}
