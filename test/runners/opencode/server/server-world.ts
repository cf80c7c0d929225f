import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import {
  isLive,
  readRecord,
  serverFiles,
  type LiveServer,
} from '../../../../src/runners/opencode/server/record.ts'
import type { ServerOptions } from '../../../../src/runners/opencode/server/server.ts'
import { withLock } from '../../../../src/store/lock.ts'
import { useBundles } from '../../../helpers/bundle.ts'
import { endAll } from '../../../helpers/processes.ts'

export const bundled = useBundles(
  'src/runners/opencode/server/keeper.ts',
  'test/runners/opencode/server/server-worker.ts',
)
export const opencode = fileURLToPath(new URL('../../../../node_modules/.bin/opencode', import.meta.url))

export interface World {
  options: ServerOptions
  folder: string
  home: string
  /** In the environment of everything that it starts. */
  token: string
}

const nobody = { pid: 2 ** 22 + 1, startTicks: '1', host: 'nowhere', bootId: 'none' }
export const unknownServer: LiveServer = {
  phase: 'ready',
  ...nobody,
  keeper: nobody,
  startedAt: '2026-01-01T00:00:00.000Z',
  port: 1,
  version: '1.0.0',
  password: 'x',
  environment: '',
}

/** A repository and a HOME in a folder that is removed at the end of the block, with all started processes. */
export function useWorld({ idle = 600_000 } = {}): World {
  const token = randomUUID()
  const folder = mkdtempSync(join(tmpdir(), 'work-opencode-'))
  const [root, home, temporary] = [join(folder, 'repo'), join(folder, 'home'), join(folder, 'tmp')]
  const run = join(root, 'work', '.run')
  const env = {
    WORK_TEST: token,
    PATH: [dirname(opencode), process.env['PATH'] ?? ''].join(delimiter),
    HOME: home,
    TMPDIR: temporary,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'),
    npm_config_offline: 'true',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_MODELS_PATH: join(folder, 'models.json'),
    OPENCODE_CONFIG_CONTENT: configOf('http://127.0.0.1:1'),
  }

  beforeAll(() => {
    for (const each of [root, home, temporary]) mkdirSync(each)
    writeFileSync(join(folder, 'models.json'), '{}')
    execFileSync('git', ['init', '-q'], { cwd: root, env })
  })
  afterAll(async () => {
    await endAll('WORK_TEST', token)
    rmSync(folder, { recursive: true, force: true })
  })

  return {
    token,
    folder,
    home,
    options: {
      run,
      root,
      env,
      idle,
      get keeper() {
        return bundled('keeper')
      },
      withLock: (action) => withLock(join(run, 'locks', 'opencode'), action),
    },
  }
}

export function configOf(model: string): string {
  const options = { baseURL: `${model}/v1`, apiKey: 'x' }
  const local = { npm: '@ai-sdk/openai-compatible', options, models: { m1: {} } }
  const quiet = { autoupdate: false, share: 'disabled', snapshot: false }
  return JSON.stringify({ ...quiet, provider: { local }, model: 'local/m1' })
}

/** The environment with another program `opencode` first on PATH. */
export function withProgram(
  { folder }: World,
  env: Record<string, string>,
  script: string,
  interpreter = '#!/bin/sh',
): Record<string, string> {
  const bin = join(folder, `bin-${randomUUID()}`)
  mkdirSync(bin)
  writeFileSync(join(bin, 'opencode'), `${interpreter}\n${script}\n`, { mode: 0o755 })
  return { ...env, PATH: [bin, env['PATH'] ?? ''].join(delimiter) }
}

/** A server on loopback that takes requests and never answers, or always with this status. Ends with the test. */
export async function startHangingModel(status?: number): Promise<string> {
  const server = createServer((_, response) => {
    if (status !== undefined) response.writeHead(status).end('hello')
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

export function recordOf({ options }: World): LiveServer {
  const record = readRecord(serverFiles(options.run))
  if (!isLive(record)) throw new Error(`There is no live server: ${JSON.stringify(record)}`)
  return record
}

export function writeRecord({ options }: World, record: LiveServer | string): void {
  mkdirSync(options.run, { recursive: true })
  const text = typeof record === 'string' ? record : JSON.stringify(record)
  writeFileSync(serverFiles(options.run).record, text)
}
