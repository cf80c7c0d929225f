import { createOpencodeClient, type OpencodeClient } from '@opencode-ai/sdk/v2/client'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect } from 'vitest'
import { startModelServer, type ModelServer, type Script } from './model-server.ts'
import { endAll } from './processes.ts'
import { until } from './until.ts'

/** The opencode of this project. */
export const opencodeProgram = fileURLToPath(new URL('../../node_modules/.bin/opencode', import.meta.url))

/** What a token costs, in dollars per million, with the model `m1`; `m2` costs nothing. */
const prices = { input: 1, output: 2 } as const

/**
 * The environment for an opencode that keeps to `folder`, knows the models `local/m1` and `local/m2` of `model`, and has
 * it as proxy, which tells whom else opencode asks. It is made for an empty HOME, which has to come beside it with PATH.
 */
export function opencodeEnv(
  folder: string,
  model: ModelServer,
  config: Record<string, unknown> = {},
): Record<string, string> {
  const temporary = join(folder, 'tmp')
  const models = join(folder, 'models.json')
  mkdirSync(temporary, { recursive: true })
  writeFileSync(models, '{}')
  return {
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    TMPDIR: temporary,
    npm_config_offline: 'true',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_MODELS_PATH: models,
    OPENCODE_CONFIG_CONTENT: JSON.stringify({ ...configFor(model), ...config }),
    HTTP_PROXY: model.origin,
    HTTPS_PROXY: model.origin,
    NO_PROXY: '127.0.0.1,localhost',
  }
}

/** An opencode server that a test has started, and its model. */
export interface Opencode {
  /** The repository that the server runs in. */
  root: string
  /** Stays empty. */
  home: string
  /** What the server was started with. */
  env: Record<string, string>
  model: ModelServer
  url: string
  password: string
  /** For sessions in `root`. */
  client: OpencodeClient
  pid: number
}

/** Call in a `describe`: starts one opencode for all its tests. When they are done all of it goes. */
export function withOpencode(script: Script): () => Opencode {
  let running: (Opencode & { end: () => Promise<void> }) | undefined
  beforeAll(async () => {
    running = await startOpencode(script)
  })
  afterAll(() => running?.end())
  return () => {
    if (running === undefined) throw new Error('opencode runs only while tests do.')
    return running
  }
}

/** Starts a server with a model in a folder of its own. `end` ends and removes all, and checks what it has left. */
async function startOpencode(script: Script): Promise<Opencode & { end: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'work-opencode-'))
  const [root, home] = [join(folder, 'repo'), join(folder, 'home')]
  mkdirSync(root)
  mkdirSync(home)
  const model = await startModelServer(script)
  const password = 'password-of-the-test'
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    LANG: 'C.UTF-8',
    OPENCODE_SERVER_PASSWORD: password,
    ...opencodeEnv(join(folder, 'opencode'), model),
  }
  execFileSync('git', ['init', '-q'], { cwd: root, env })

  async function end(): Promise<void> {
    await endAll('HOME', home)
    model.close()
    const left = readdirSync(home)
    rmSync(folder, { recursive: true, force: true })
    expect(left, 'files in HOME').toEqual([])
    expect(model.strangers, 'whom else opencode asked').toEqual([])
  }

  try {
    const { pid, url } = await serve(root, env)
    const headers = { authorization: `Basic ${Buffer.from(`opencode:${password}`).toString('base64')}` }
    const client = createOpencodeClient({ baseUrl: url, directory: root, headers })
    return { root, home, env, model, url, password, client, pid, end }
  } catch (error) {
    await end()
    throw error
  }
}

async function serve(root: string, env: Record<string, string>): Promise<{ pid: number; url: string }> {
  const args = ['serve', '--hostname', '127.0.0.1', '--port', '0']
  const child = spawn(opencodeProgram, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  let failed = false
  child.on('error', () => (failed = true)).on('exit', () => (failed = true))
  const address = () => /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
  await until(() => failed || address() !== undefined, 'the address of opencode')
  const url = address()
  if (url === undefined || child.pid === undefined) throw new Error(`opencode did not start: ${said}`)
  return { pid: child.pid, url }
}

function configFor(model: ModelServer): Record<string, unknown> {
  return {
    autoupdate: false,
    share: 'disabled',
    snapshot: false,
    model: 'local/m1',
    provider: {
      local: {
        npm: '@ai-sdk/openai-compatible',
        options: { baseURL: model.url, apiKey: 'none' },
        models: {
          m1: { cost: prices, limit: { context: 200_000, output: 8_000 } },
          m2: { variants: { high: { reasoningEffort: 'high' } } },
        },
      },
    },
  }
}
