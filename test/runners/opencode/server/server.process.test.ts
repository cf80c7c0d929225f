import { execFileSync, spawn } from 'node:child_process'
import { closeSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ProcessIdentity } from '../../../../machines/session.ts'
import { findByEnvironment, isAlive } from '../../../../src/process/identity.ts'
import { openServerLog } from '../../../../src/runners/opencode/server/log.ts'
import { readRecord, serverFiles } from '../../../../src/runners/opencode/server/record.ts'
import { findServer, openServer, stopServer } from '../../../../src/runners/opencode/server/server.ts'
import { end, lives, startReady, textOf } from '../../../helpers/processes.ts'
import { until } from '../../../helpers/until.ts'
import { bundled, recordOf, type World, unknownServer, useWorld, writeRecord } from './server-world.ts'

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
  return [bundled('server-worker'), JSON.stringify({ run, root, env, keeper, idle })]
}

/**
 * The processes of a world that are opencode servers. A server that starts a program is listed twice for a moment, until
 * its copy has become that program: a server leads its process session, such a copy does not.
 */
function serversOf({ token }: World): number[] {
  return findByEnvironment('WORK_TEST', token).filter(
    (pid) => commandLine(pid).includes('serve') && lives(pid) && sessionOf(pid) === pid,
  )
}

function commandLine(pid: number): string[] {
  return textOf(`/proc/${pid}/cmdline`).split('\0')
}

function sessionOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3])
}
