import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { ProcessIdentity } from '../../machines/session.ts'
import { findByEnvironment, isAlive } from '../../src/process/identity.ts'
import { openServerLog } from '../../src/runners/opencode/server/log.ts'
import { isLive, readRecord, serverFiles, type LiveServer } from '../../src/runners/opencode/server/record.ts'
import {
  findServer,
  headersOf,
  openServer,
  stopServer,
  type OpencodeServer,
  type ServerOptions,
} from '../../src/runners/opencode/server/server.ts'
import { withLock } from '../../src/store/lock.ts'
import { useBundles } from '../helpers/bundle.ts'
import { end, endAll, lives, startReady, textOf } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'

const bundled = useBundles('src/runners/opencode/server/keeper.ts', 'test/agents/opencode-server-worker.ts')
const opencode = fileURLToPath(new URL('../../node_modules/.bin/opencode', import.meta.url))

describe('the server of a repository', () => {
  const world = useWorld()

  it('is the same for two processes that open it at once after a third one died, whatever an old record says', async () => {
    // As after a reboot: another process has the pid now. It is this one, and survives.
    writeRecord(world, { ...unknownServer, pid: process.pid })
    const keeper = await openAndDie(world)
    const [one, two] = await Promise.all([startWorker(world), startWorker(world)])
    expect(one.line).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(two.line).toBe(one.line)
    expect(serversOf(world)).toEqual([recordOf(world).pid])
    expect(recordOf(world).keeper).toEqual(keeper)
    end(one.pid)
    end(two.pid)
  })

  it('outlives the processes that opened it, and is reused', async () => {
    const before = recordOf(world)
    const server = await open(world)
    expect(server).toMatchObject({ url: `http://127.0.0.1:${before.port}`, version: before.version })
    expect(await findServer(world.options)).toMatchObject({ url: server.url, password: before.password })
    expect(recordOf(world)).toEqual(before)
  })

  it('has a keeper, each in its own process session, and survives the terminal', () => {
    const { pid, keeper } = recordOf(world)
    expect(isAlive(keeper)).toBe(true)
    for (const one of [pid, keeper.pid]) expect(sessionOf(one)).toBe(one)
  })

  it('shares its password only with those who may read the record', () => {
    const { password } = recordOf(world)
    expect(password).toMatch(/^[\w-]{32}$/)
    const files = serverFiles(world.options.run)
    expect(statSync(files.record).mode & 0o777).toBe(0o600)
    expect(statSync(files.log).mode & 0o777).toBe(0o600)
    expect(textOf(files.log)).not.toContain(password)
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(password)
  })

  it('can be named by its address, and refuses another password', async () => {
    const { port, password, version } = recordOf(world)
    const external = `http://127.0.0.1:${port}/`
    const withPassword = (env: Record<string, string>) => ({ ...world.options, external, env })
    const right = withPassword({ OPENCODE_SERVER_PASSWORD: password })
    expect(await openServer(right)).toMatchObject({ url: `http://127.0.0.1:${port}`, version })
    expect(await stopServer(right)).toBe('none')
    await expect(openServer(withPassword({ OPENCODE_SERVER_PASSWORD: 'x' }))).rejects.toMatchObject({
      code: 'server-refused',
    })
    await expect(openServer(withPassword({}))).rejects.toMatchObject({ code: 'server-refused' })
  })

  it('is restarted with another environment as soon as nobody else uses it', async () => {
    const changed = { ...world.options, env: { ...world.options.env, API_KEY: 'new' } }
    const before = recordOf(world)
    const held = await open(world)
    const kept = await openServer(changed)
    expect(kept.url).toBe(held.url)
    expect(recordOf(world).phase).toBe('ready')
    kept.release()
    held.release()
    await open(world, changed)
    expect(recordOf(world).pid).not.toBe(before.pid)
    expect(lives(before.pid)).toBe(false)
  })

  it('is restarted when it died, and its old keeper exits', async () => {
    const before = recordOf(world)
    process.kill(before.pid, 'SIGKILL')
    await until(() => !isAlive(before.keeper), 'the end of the keeper')
    expect(readRecord(serverFiles(world.options.run))).toBeUndefined()
    expect(await findServer(world.options)).toBeUndefined()
    await open(world)
    expect(recordOf(world).pid).not.toBe(before.pid)
  })

  it('can be stopped', async () => {
    const { pid, keeper } = recordOf(world)
    expect(await stopServer(world.options)).toBe('stopped')
    expect(lives(pid)).toBe(false)
    await until(() => !isAlive(keeper), 'the end of the keeper')
    expect(await stopServer(world.options)).toBe('none')
    expect(readdirSync(world.options.run).toSorted()).toEqual([
      '.gitignore',
      'locks',
      'opencode.log',
      'opencode.users',
    ])
  })

  it('leaves nothing in HOME except what opencode itself keeps there', () => {
    expect(readdirSync(world.home).toSorted()).toEqual(['cache', 'config', 'data', 'state'])
  })
})

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

describe('a server that cannot start', () => {
  const world = useWorld()

  it('because opencode is missing says how to install it', async () => {
    const options = { ...world.options, keeper: '/nowhere/keeper.js', env: { PATH: `.${delimiter}/nowhere` } }
    await expect(openServer(options)).rejects.toMatchObject({
      code: 'opencode-missing',
      hint: expect.stringContaining('npm install --global opencode-ai'),
    })
    expect(readdirSync(serverFiles(options.run).users)).toEqual([])
  })

  it('shows the last output of opencode, and does not block the next start', async () => {
    const env = withProgram(world, world.options.env, 'echo "the database is full" >&2; exit 7')
    const failing = openServer({ ...world.options, env })
    await expect(failing).rejects.toMatchObject({ code: 'server-not-started', exitCode: 1 })
    await expect(failing).rejects.toThrow(/the database is full\n.*exit code 7/)
    expect(readRecord(serverFiles(world.options.run))).toBeUndefined()
  })

  it('because its program is not executable says so', async () => {
    const env = withProgram(world, world.options.env, '', '#!/nowhere/interpreter')
    await expect(openServer({ ...world.options, env })).rejects.toThrow(/Could not start .*ENOENT/)
  })

  it('because an address is not an opencode server says so', async () => {
    const external = await startHangingModel(200)
    await expect(openServer({ ...world.options, external })).rejects.toMatchObject({
      code: 'server-unreachable',
    })
    await expect(openServer({ ...world.options, external: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'server-unreachable',
    })
  })
})

describe('a record', () => {
  const world = useWorld()

  it.each([
    ['is cut off', '{ "phase": "ready", "pid": 1'],
    ['is another thing', '[]'],
    ['lacks the port', JSON.stringify({ ...unknownServer, port: undefined })],
    ['names a group that is everybody', JSON.stringify({ ...unknownServer, pid: 1 })],
  ])('that %s is ignored, and can be removed', async (_, text) => {
    writeRecord(world, text)
    expect(await findServer(world.options)).toBeUndefined()
    expect(await stopServer(world.options)).toBe('none')
    expect(readdirSync(world.options.run)).not.toContain('opencode.json')
  })
})

describe('a log', () => {
  const world = useWorld()

  it('that is full is replaced by a new one, and kept next to it', () => {
    const path = join(world.folder, 'opencode.log')
    writeFileSync(path, 'x'.repeat(5 * 1024 * 1024 + 1), { mode: 0o644 })
    closeSync(openServerLog(path))
    expect(statSync(path)).toMatchObject({ size: 0, mode: 0o100600 })
    expect(statSync(`${path}.1`).size).toBe(5 * 1024 * 1024 + 1)
  })
})

interface World {
  options: ServerOptions
  folder: string
  home: string
  /** In the environment of everything that it starts. */
  token: string
}

const nobody = { pid: 2 ** 22 + 1, startTicks: '1', host: 'nowhere', bootId: 'none' }
const unknownServer: LiveServer = {
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
function useWorld({ idle = 600_000 } = {}): World {
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

function configOf(model: string): string {
  const options = { baseURL: `${model}/v1`, apiKey: 'x' }
  const local = { npm: '@ai-sdk/openai-compatible', options, models: { m1: {} } }
  const quiet = { autoupdate: false, share: 'disabled', snapshot: false }
  return JSON.stringify({ ...quiet, provider: { local }, model: 'local/m1' })
}

/** Opens the server until the test ends. */
async function open(world: World, options = world.options): ReturnType<typeof openServer> {
  const server = await openServer(options)
  onTestFinished(server.release)
  return server
}

/** A process that has opened the server; its first line names it. */
function startWorker(world: World): ReturnType<typeof startReady> {
  return startReady(process.execPath, workerArguments(world))
}

/** A process that is killed as soon as its keeper begins to start the server. Returns that keeper. */
async function openAndDie(world: World): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, workerArguments(world), { stdio: 'ignore' })
  const files = serverFiles(world.options.run)
  await until(
    () => readRecord(files)?.phase === 'claimed' || readRecord(files)?.phase === 'starting',
    'a claim',
  )
  child.kill('SIGKILL')
  const record = readRecord(files)
  if (record === undefined) throw new Error('The claim is gone.')
  return record.keeper
}

function workerArguments({ options }: World): string[] {
  const { run, root, env, keeper, idle } = options
  return [bundled('opencode-server-worker'), JSON.stringify({ run, root, env, keeper, idle })]
}

/** The environment with another program `opencode` first on PATH. */
function withProgram(
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

/** An opencode that fails at its first start, as it may when several create their database. */
function withFlakyProgram(world: World, env: Record<string, string>): Record<string, string> {
  const mark = join(world.folder, 'tried')
  return withProgram(world, env, `[ -e '${mark}' ] || { touch '${mark}'; exit 1; }\nexec '${opencode}' "$@"`)
}

/** A server on loopback that takes requests and never answers, or always with this status. Ends with the test. */
async function startHangingModel(status?: number): Promise<string> {
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

function recordOf({ options }: World): LiveServer {
  const record = readRecord(serverFiles(options.run))
  if (!isLive(record)) throw new Error(`There is no live server: ${JSON.stringify(record)}`)
  return record
}

function writeRecord({ options }: World, record: LiveServer | string): void {
  mkdirSync(options.run, { recursive: true })
  const text = typeof record === 'string' ? record : JSON.stringify(record)
  writeFileSync(serverFiles(options.run).record, text)
}

/** The processes of a world that are opencode servers. */
function serversOf({ token }: World): number[] {
  return findByEnvironment('WORK_TEST', token).filter((pid) => commandLine(pid).includes('serve'))
}

function commandLine(pid: number): string[] {
  return textOf(`/proc/${pid}/cmdline`).split('\0')
}

function sessionOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3])
}

/** Waits while something could happen that must not. */
async function pass(milliseconds: number): Promise<void> {
  const over = performance.now() + milliseconds
  await until(() => performance.now() > over, 'the time')
}
