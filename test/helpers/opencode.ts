import { createOpencodeClient, type OpencodeClient } from '@opencode-ai/sdk/v2/client'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { startModelServer, type ModelServer, type Script } from './model-server.ts'
import { opencodeEnv, opencodeProgram } from './opencode-env.ts'
import { endAll } from './processes.ts'
import { until } from './until.ts'

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
