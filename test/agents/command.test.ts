import { execFile, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandRunner } from '../helpers/command-runner.ts'
import { findByEnvironment, identify, isAlive } from '../../src/process/identity.ts'
import { originAt } from '../../src/process/origin.ts'
import { claimStart, replaceFile } from '../../src/runners/recorded/recorder-files.ts'
import type { Runner, RunnerSession } from '../../src/runners/runner.ts'
import { lastWords, readStart } from '../../src/runners/recorded/session-files.ts'
import { useBundles } from '../helpers/bundle.ts'
import { fixture, lives, startReady, textOf, untilFile } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'
import {
  fixtureSession,
  makeRoot,
  never,
  session,
  type SessionOptions,
  type TestSession,
} from './sessions.ts'

const bundled = useBundles('src/runners/recorded/recorder.ts', 'test/agents/session-worker.ts')
/** Time to react to SIGINT and SIGTERM: short, so that stubborn sessions are tested quickly. */
const grace = 150
const runner: Runner = commandRunner({
  get recorder() {
    return bundled('recorder')
  },
  root: '/',
  grace,
})

describe('a session whose files are removed while it is running', () => {
  it('is still found alive, is recorded when it ends, and can be ended', async () => {
    const [one, other] = [fixtureSession('hang'), fixtureSession('hang')]
    const agent = await startAgent(one)
    const stubborn = await startAgent(other)
    for (const { files } of [one, other]) rmSync(dirname(files.start), { recursive: true })
    expect(await runner.look(one)).toMatchObject({ type: 'alive' })
    await runner.end(other, true, never)
    await until(() => !lives(stubborn))
    process.kill(agent, 'SIGKILL')
    expect(await runner.watch(one, never)).toMatchObject({ type: 'exited', signal: 'SIGKILL' })
  })
})

describe('a session that ends by itself', () => {
  it('is recorded with its exit code and output', async () => {
    const one = fixtureSession('exit', '0', 'all is well')
    expect(await run(one)).toMatchObject({ type: 'exited', code: 0, signal: null, hasOutput: true })
    expect(textOf(one.files.err)).toBe('all is well\n')
    expect(textOf(one.files.out)).toBe('')
  })

  it('reports a failure with its exit code and last output', async () => {
    const evidence = await run(fixtureSession('exit', '3', 'no such table'))
    expect(evidence).toMatchObject({ type: 'exited', code: 3, signal: null, detail: 'no such table' })
  })

  it('immediately and silently has no output', async () => {
    const evidence = await run(session({ command: ['true'] }))
    expect(evidence).toMatchObject({ type: 'exited', code: 0, hasOutput: false, detail: '' })
  })

  it('by a signal from outside is recorded with that signal', async () => {
    const one = fixtureSession('hang')
    const agent = await startAgent(one)
    process.kill(agent, 'SIGKILL')
    expect(await runner.watch(one, never)).toMatchObject({
      type: 'exited',
      code: null,
      signal: 'SIGKILL',
    })
  })

  it('is recorded without waiting for children left in its group, which are killed', async () => {
    const one = fixtureSession('orphan', 'stubborn')
    await runner.start(one, never)
    const child = await pidSaid(one)
    expect(await runner.watch(one, never)).toMatchObject({ type: 'exited', code: 0 })
    expect(lives(child)).toBe(true)
    await until(() => !lives(child), 'the end of the child')
  })

  it('leaves processes in their own process session alone, such as a server', async () => {
    const one = fixtureSession('escape', 'exit')
    await runner.start(one, never)
    const child = await pidSaid(one)
    expect(await runner.watch(one, never)).toMatchObject({ type: 'exited', code: 0 })
    await until(() => recordersOf(one).length === 0, 'the end of the recorder')
    expect(lives(child)).toBe(true)
  })
})

describe('a session that cannot start', () => {
  it.each([
    ['is missing', 'no-such-program', 'ENOENT'],
    ['may not be executed', '/etc/passwd', 'EACCES'],
    ['lies below a file', '/etc/passwd/program', 'ENOTDIR'],
  ])('because its program %s says so', async (_, program, code) => {
    const evidence = await run(session({ command: [program] }))
    expect(evidence).toMatchObject({ type: 'not-started', code, message: expect.stringContaining(code) })
  })

  it('because its folder is gone names the folder', async () => {
    const one = session({ command: ['true'], record: { cwd: 'gone' } })
    await expect(runner.start(one, never)).rejects.toThrow(/gone/)
    expect(await runner.look(one)).toEqual({ type: 'absent' })
  })

  it('because the agent has no command names the agent and the field', async () => {
    const one = session({ command: [] })
    await expect(runner.start(one, never)).rejects.toThrow('Agent "tester" has no command in agents.yaml.')
    const resumed = session({ command: ['true'], record: { mode: 'resume' } })
    await expect(runner.start(resumed, never)).rejects.toThrow('has no resume_command')
  })
})

describe('an agent', () => {
  it('gets its arguments, folder, environment and whole prompt unchanged, without a shell', async () => {
    const args = [
      'two words',
      `"q" 'q'`,
      '$(touch pwned)',
      '`id`; exit 1 && $HOME',
      'two\nlines',
      '',
      '*',
      '--',
    ]
    const prompt = `Dear agent, $(touch pwned)\n${'größe '.repeat(50_000)}end`
    const env = { ODD: 'a=b\n$(c) "d"' }
    const one = session({ command: [process.execPath, fixture('echo'), ...args], prompt, env })
    expect(await run(one)).toMatchObject({ code: 0 })
    const given: unknown = JSON.parse(textOf(one.files.out))
    expect(given).toEqual({
      args,
      cwd: realpathSync(one.root),
      env: { PATH: process.env['PATH'], WORK_TOKEN: one.token, ...env },
      stdin: prompt,
    })
    expect(existsSync(join(one.root, 'pwned'))).toBe(false)
  })

  it('works in the folder that its record names', async () => {
    const one = session({ command: ['pwd'], record: { cwd: 'packages/a b' } })
    mkdirSync(join(one.root, 'packages/a b'), { recursive: true })
    await run(one)
    expect(textOf(one.files.out)).toBe(`${realpathSync(one.root)}/packages/a b\n`)
  })

  it('runs its resume_command when its session is resumed', async () => {
    const one = session({ command: ['false'], record: { mode: 'resume' } })
    const resumed = {
      ...one,
      agent: { name: 'tester', options: { command: ['false'], resume_command: ['echo', 'on'] } },
    }
    expect(await run(resumed)).toMatchObject({ code: 0, detail: 'on' })
  })
})

describe('output', () => {
  it('of a megabyte without a line break is shown from its end', async () => {
    const one = fixtureSession('flood')
    const evidence = await run(one)
    expect(statSync(one.files.out).size).toBe(2 ** 20)
    expect(evidence.detail).toMatch(/^e{1,4096}$/)
    expect(runner.lastLine(one)).toMatch(/^o{1,4096}$/)
  })

  it('is shown without control characters', async () => {
    const one = fixtureSession('paint')
    const { detail } = await run(one)
    expect(detail).not.toMatch(/[^\P{Cc}\n]/u)
    expect(detail).toContain('red and')
    expect(runner.lastLine(one)).not.toMatch(/\p{Cc}/u)
  })

  it('that is none shows nothing', () => {
    expect(runner.lastLine(fixtureSession('hang'))).toBe('')
  })

  it('is the error output if there is any, because it says why the agent failed', async () => {
    const one = session({ command: ['sh', '-c', 'echo chatter; echo >&2 reason; exit 1'] })
    expect((await run(one)).detail).toBe('reason')
    expect(lastWords(one.files)).toBe('reason')
    expect(runner.lastLine(one)).toBe('chatter')
  })
})

describe('ending', () => {
  it('a running session needs only SIGINT if it reacts', async () => {
    const one = fixtureSession('hang')
    const agent = await startAgent(one)
    const { evidence, wasOver } = await runner.end(one, false, never)
    expect(evidence).toMatchObject({ type: 'exited', signal: 'SIGINT' })
    expect({ wasOver, alive: lives(agent) }).toEqual({ wasOver: false, alive: false })
  })

  it('a session that ignores SIGINT and SIGTERM kills it after the grace period', async () => {
    const one = fixtureSession('hang', 'stubborn')
    await startAgent(one)
    const { evidence } = await runner.end(one, false, never)
    expect(evidence).toMatchObject({ type: 'exited', signal: 'SIGKILL' })
    expect(textOf(one.files.out)).toBe('ready\nno SIGINT\nno SIGTERM\n')
  })

  it('with force sends only SIGKILL', async () => {
    const one = fixtureSession('hang', 'stubborn')
    await startAgent(one)
    const { evidence } = await runner.end(one, true, never)
    expect(evidence).toMatchObject({ type: 'exited', signal: 'SIGKILL' })
    expect(textOf(one.files.out)).toBe('ready\n')
  })

  it('ends the whole group, even if only a stubborn child is left', async () => {
    const one = session({
      command: ['sh', '-c', `${quoted(process.execPath)} ${quoted(fixture('hang'))} stubborn & wait`],
    })
    await startAgent(one)
    expect(agentsOf(one)).toHaveLength(2)
    await runner.end(one, false, never)
    await until(() => agentsOf(one).length === 0, 'no process of the session')
  })

  it('ends processes in their own process session', async () => {
    const one = fixtureSession('escape')
    await runner.start(one, never)
    const child = await pidSaid(one)
    await runner.end(one, false, never)
    expect(lives(child)).toBe(false)
  })

  it('a session with a frozen recorder ends both, and its end is unknown', async () => {
    const one = fixtureSession('hang')
    const agent = await startAgent(one)
    const start = readStart(one.files)
    const recorder = start !== undefined && 'recorder' in start ? start.recorder.pid : 0
    process.kill(recorder, 'SIGSTOP')
    const { evidence, wasOver } = await runner.end(one, true, never)
    expect({ type: evidence.type, wasOver }).toEqual({ type: 'gone', wasOver: false })
    expect([lives(agent), lives(recorder)]).toEqual([false, false])
  })

  it('a session that had ended says so and keeps its evidence', async () => {
    const one = fixtureSession('exit', '0')
    await run(one)
    expect(await runner.end(one, false, never)).toMatchObject({
      wasOver: true,
      evidence: { type: 'exited', code: 0 },
    })
  })

  it('a session that was never started cancels it permanently', async () => {
    const one = fixtureSession('count', 'starts', '0', '0')
    expect(await runner.end(one, false, never)).toMatchObject({
      wasOver: false,
      evidence: { type: 'abandoned' },
    })
    await expect(runner.start(one, never)).rejects.toThrow('Cancelled before it started.')
    expect(await runner.look(one)).toMatchObject({ type: 'ended', evidence: { type: 'abandoned' } })
    expect(await runner.end(one, true, never)).toMatchObject({ wasOver: true })
    expect(existsSync(join(one.root, 'starts'))).toBe(false)
  })

  it('a cancelled session is not started by a late recorder', async () => {
    const one = fixtureSession('count', 'starts', '0', '0')
    await runner.end(one, false, never)
    writeFileSync(one.files.prompt, 'Do it.')
    const order = { command: one.command, cwd: one.root, files: one.files }
    await ended(bundled('recorder'), [JSON.stringify(order)], one)
    expect(existsSync(join(one.root, 'starts'))).toBe(false)
    expect(existsSync(one.files.exit)).toBe(false)
  })
})

const overdue = { endedFor: 'timeout' } as const

/** A session with a time limit of some milliseconds. */
function limited(options: SessionOptions, timeout = 50): TestSession {
  return session({ ...options, record: { timeout } })
}

describe('a timeout', () => {
  it('is enforced by the recorder without a supervisor: SIGINT first, and for everything that the session started', async () => {
    // Shells, which are quick to be ready.
    const stay = 'echo ready; while :; do sleep 1; done'
    const [polite, stubborn, escaped] = [
      limited({ command: ['sh', '-c', stay] }, 5000),
      limited({ command: ['sh', '-c', `trap '' INT TERM; ${stay}`] }, 5000),
      limited({ command: ['sh', '-c', `setsid sleep 300 & echo "child $!"; ${stay}`] }, 5000),
    ]
    for (const one of [polite, stubborn, escaped]) await runner.start(one, never)
    const child = await pidSaid(escaped)
    for (const one of [polite, stubborn, escaped]) await untilFile(one.files.exit, /endedFor/)
    expect(await runner.look(polite)).toMatchObject({
      type: 'ended',
      evidence: { signal: 'SIGINT', ...overdue },
    })
    expect(await runner.look(stubborn)).toMatchObject({
      type: 'ended',
      evidence: { signal: 'SIGKILL', ...overdue },
    })
    expect(lives(child)).toBe(false)
    // What got the signal may take a moment to go.
    for (const one of [polite, stubborn, escaped]) await until(() => agentsOf(one).length === 0)
  })

  it('also ends a watched session, by the same recorder', async () => {
    const one = limited({ command: [process.execPath, fixture('hang')] })
    await runner.start(one, never)
    expect(await runner.watch(one, never)).toMatchObject({ type: 'exited', signal: 'SIGINT', ...overdue })
  })

  it('that is not reached does not change a session that ends', async () => {
    const one = limited({ command: ['true'] }, 3_600_000)
    const evidence = await run(one)
    expect(evidence).toMatchObject({ type: 'exited', code: 0 })
    expect(evidence).toHaveProperty('endedFor', undefined)
  })

  it('longer than a Node timer supports is not cut short', async () => {
    const one = limited({ command: [process.execPath, fixture('hang')] }, 90 * 24 * 3_600_000)
    const agent = await startAgent(one)
    expect(readStart(one.files)).toMatchObject({ timeout: 90 * 24 * 3_600_000 })
    expect(lives(agent)).toBe(true)
    expect(await runner.look(one)).toMatchObject({ type: 'alive' })
  })

  it('is enforced by the supervisor if the recorder was killed', async () => {
    const one = limited({ command: ['sh', '-c', 'echo ready; while :; do sleep 1; done'] }, 12_000)
    const agent = await startAgent(one)
    for (const pid of recordersOf(one)) process.kill(pid, 'SIGKILL')
    expect(await runner.watch(one, never)).toBe('overdue')
    expect(lives(agent)).toBe(true)
  })

  it('is recorded even if the recorder was killed while ending the session', async () => {
    const one = limited({ command: ['sh', '-c', "trap '' INT TERM; while :; do sleep 1; done"] }, 3000)
    await runner.start(one, never)
    await untilFile(one.files.start, /endedFor/)
    for (const pid of recordersOf(one)) process.kill(pid, 'SIGKILL')
    for (const pid of findByEnvironment('WORK_TOKEN', one.token)) process.kill(pid, 'SIGKILL')
    await until(() => findByEnvironment('WORK_TOKEN', one.token).length === 0)
    expect(await runner.look(one)).toMatchObject({ type: 'ended', evidence: { ...overdue } })
  })

  it('is not waited for by a supervisor that has left', async () => {
    const one = fixtureSession('hang')
    const agent = await startAgent(one)
    const gone = new AbortController()
    const watched = runner.watch(one, gone.signal)
    gone.abort()
    await expect(watched).rejects.toThrow(/abort/i)
    expect(lives(agent)).toBe(true)
  })
})

describe('a look', () => {
  it('distinguishes sessions that were never started, are running, or have ended', async () => {
    const one = fixtureSession('hang')
    expect(await runner.look(one)).toEqual({ type: 'absent' })
    const identity = await runner.start(one, never)
    expect(await runner.look(one)).toEqual({ type: 'alive', process: identity })
    await runner.end(one, true, never)
    expect(await runner.look(one)).toMatchObject({ type: 'ended', evidence: { signal: 'SIGKILL' } })
  })

  it('finds a running agent whose recorder was killed, and its end as not recorded', async () => {
    const one = fixtureSession('hang')
    const agent = await startAgent(one)
    killRecorder(one)
    expect(await runner.look(one)).toMatchObject({ type: 'alive', process: { pid: agent } })
    process.kill(agent, 'SIGKILL')
    expect(await runner.watch(one, never)).toMatchObject({ type: 'gone' })
  })

  it("finds an agent whose recorder was killed before recording the agent's process", async () => {
    const one = fixtureSession('hang')
    const agent = await startAgent(one)
    const start = readStart(one.files)
    killRecorder(one)
    if (start === undefined || 'abandoned' in start) throw new Error('It was not started.')
    await until(() => !isAlive(start.recorder))
    replaceFile(one.files.start, { recorder: start.recorder, at: start.at })
    expect(await runner.look(one)).toMatchObject({ type: 'alive', process: { pid: agent } })
    const { evidence } = await runner.end(one, false, never)
    expect(evidence).toMatchObject({ type: 'gone' })
    expect(lives(agent)).toBe(false)
  })

  it('ends the remaining processes of a session before it counts as lost', async () => {
    const command = ['sh', '-c', `${quoted(process.execPath)} ${quoted(fixture('hang'))} stubborn & wait`]
    const [watched, seen] = [session({ command }), session({ command })]
    for (const one of [watched, seen]) {
      const agent = await startAgent(one)
      killRecorder(one)
      await until(() => recordersOf(one).length === 0, 'the end of the recorder')
      process.kill(agent, 'SIGKILL')
      await until(() => !lives(agent), 'the end of the agent')
      expect(agentsOf(one)).toHaveLength(1)
    }
    expect(await runner.watch(watched, never)).toMatchObject({ type: 'gone' })
    expect(await runner.look(seen)).toMatchObject({ type: 'ended', evidence: { type: 'gone' } })
    expect([watched, seen].flatMap(agentsOf)).toEqual([])
  })

  it("finds and ends an agent whose running recorder could not record the agent's process", async () => {
    const one = fixtureSession('hang')
    const agent = await startAgent(one)
    const start = readStart(one.files)
    if (start === undefined || 'abandoned' in start) throw new Error('It was not started.')
    replaceFile(one.files.start, { recorder: start.recorder, at: start.at })
    expect(await runner.start(one, never)).toMatchObject({ pid: agent })
    const { evidence } = await runner.end(one, false, never)
    expect(evidence).toMatchObject({ type: 'exited', signal: 'SIGINT' })
  })

  it('does not confuse another process with the same pid with the agent', async () => {
    const one = fixtureSession('hang')
    await startAgent(one)
    const start = readStart(one.files)
    const self = identify(process.pid)
    if (start === undefined || 'abandoned' in start || self === undefined) throw new Error('Not started.')
    killRecorder(one)
    const other = { ...self, startTicks: '1' }
    replaceFile(one.files.start, { recorder: other, agent: other, at: start.at })
    expect(await runner.look(one)).toMatchObject({ type: 'ended', evidence: { type: 'gone' } })
  })

  it.each([
    ['on another host', { host: 'far-away', bootId: 'another' }, 'far-away'],
    ['in another pid namespace, such as a container', { pidNamespace: 'pid:[1]' }, 'pid:[1]'],
  ])('does not count a session %s as dead, and neither watches nor ends it', async (_, other, place) => {
    const one = fixtureSession('hang')
    const self = identify(process.pid)
    if (self === undefined) throw new Error('This process does not live.')
    makeLogs(one)
    claimStart(one.files, { recorder: { ...self, ...other }, agent: { ...self, ...other }, at: '' })
    expect(await runner.look(one)).toEqual({ type: 'unknown', place: expect.stringContaining(place) })
    await expect(runner.watch(one, never)).rejects.toThrow(`may be running on host`)
    await expect(runner.end(one, true, never)).rejects.toMatchObject({ code: 'session-unknown' })
  })

  it('counts a session from before the last reboot as lost', async () => {
    const one = fixtureSession('hang')
    const self = identify(process.pid)
    if (self === undefined) throw new Error('This process does not live.')
    makeLogs(one)
    claimStart(one.files, { recorder: { ...self, bootId: 'another' }, at: '' })
    expect(await runner.look(one)).toMatchObject({
      type: 'ended',
      evidence: { type: 'gone', detail: expect.stringContaining('before the last reboot') },
    })
  })

  it('counts a session with unreadable files as lost, and names them', async () => {
    for (const file of ['exit', 'start'] as const) {
      const one = fixtureSession('hang')
      makeLogs(one)
      writeFileSync(one.files[file], '{"code":')
      expect(await runner.look(one)).toMatchObject({
        type: 'ended',
        evidence: {
          type: 'gone',
          detail: `${one.files[file]} can't be read: not written by a recorder.`,
        },
      })
    }
  })

  it("sees a running session and its end even if its files can't be read or are not recorded", async () => {
    const [one, other] = [fixtureSession('hang'), fixtureSession('hang')]
    const agents = [await startAgent(one), await startAgent(other)]
    rmSync(one.files.start)
    mkdirSync(one.files.start)
    const identity = identify(agents[1] ?? 0)
    const nameless = {
      ...other,
      record: { ...other.record, log: undefined, token: undefined, process: identity },
    }
    expect(runner.lastLine(nameless)).toBe('')
    for (const each of [one, nameless]) expect(await runner.look(each)).toMatchObject({ type: 'alive' })
    for (const agent of agents) process.kill(agent, 'SIGKILL')
    expect(await runner.watch(nameless, never)).toMatchObject({
      type: 'gone',
      detail: expect.stringContaining('has no "log" in tasks.json'),
    })
    expect(await runner.watch(one, never)).toMatchObject({ type: 'exited', signal: 'SIGKILL' })
  })

  it('reports an unreadable log instead of the last output', async () => {
    const one = fixtureSession('exit', '3', 'no such table')
    expect(await run(one)).toMatchObject({ detail: 'no such table' })
    rmSync(one.files.err)
    mkdirSync(one.files.err)
    expect(await runner.look(one)).toMatchObject({
      type: 'ended',
      evidence: {
        type: 'exited',
        code: 3,
        detail: expect.stringMatching(/^Can't read its log: EISDIR.*\.err\)$/),
      },
    })
  })
})

describe('starting', () => {
  it('twice finds the running session, and starts nothing', async () => {
    const one = fixtureSession('hang')
    const first = await runner.start(one, never)
    expect(await runner.start(one, never)).toEqual(first)
    expect(agentsOf(one)).toEqual([first?.pid])
  })

  it('a session that has run to its end starts nothing', async () => {
    const one = fixtureSession('count', 'starts', '0', '0')
    await run(one)
    await runner.start(one, never)
    expect(await runner.look(one)).toMatchObject({ evidence: { code: 0 } })
    expect(textOf(join(one.root, 'starts')).match(/start/g)).toHaveLength(1)
  })

  it('by several processes at once starts one agent, which reads its whole prompt', async () => {
    const one = fixtureSession('echo')
    const args = [bundled('recorder'), JSON.stringify(one.record), one.root, ...one.command]
    const workers = await Promise.all(
      [1, 2, 3].map(() => startReady(process.execPath, [bundled('session-worker'), ...args])),
    )
    const said = workers.map(({ child }) => lineOf(child.stdout))
    for (const { child } of workers) child.stdin?.write('\n')
    const identities = new Set(await Promise.all(said))
    expect(identities.size).toBe(1)
    expect(await runner.watch(one, never)).toMatchObject({ code: 0 })
    const given: { stdin: string } = JSON.parse(textOf(one.files.out))
    expect(given.stdin).toHaveLength(2 ** 20)
    await until(() => recordersOf(one).length === 0, 'the end of the recorders')
    expect(textOf(one.files.err)).toBe('')
  })

  it('while another process’s recorder is about to claim waits for that', async () => {
    const one = fixtureSession('hang')
    makeLogs(one)
    writeFileSync(one.files.prompt, 'Do it.')
    const order = { command: one.command, cwd: one.root, files: one.files }
    const recorder = ended(bundled('recorder'), [JSON.stringify(order)], one)
    await until(() => recordersOf(one).length > 0, 'a recorder')
    const look = await runner.look(one)
    expect(look).toMatchObject({ type: 'alive', process: { pid: expect.any(Number) } })
    expect(agentsOf(one)).toEqual([look.type === 'alive' && look.process?.pid])
    await runner.end(one, true, never)
    await recorder
  })

  it('leaves no temp files when it is done', async () => {
    const one = fixtureSession('exit', '0')
    await run(one)
    await until(() => recordersOf(one).length === 0, 'the end of the recorder')
    expect(readFileSync(one.files.prompt, 'utf8')).toBe('Do it.')
    expect(readdirSync(dirname(one.files.out)).toSorted()).toEqual([
      '1.err',
      '1.exit.json',
      '1.log',
      '1.prompt.md',
      '1.start.json',
    ])
  })
})

describe('a checkout that is copied while a session runs in it', () => {
  it.each(['with its origin', 'as earlier versions recorded it, whose processes name their root'])(
    'must not act on the session, recorded %s, which keeps running in the original',
    async (version) => {
      const one = rootedSession('hang')
      const { origin: _, ...old } = one.record
      const original = version === 'with its origin' ? one : { ...one, record: old }
      const agent = await startAgent(original)
      const root = makeRoot()
      cpSync(one.root, root, { recursive: true })
      const copy = { ...original, root }
      expect(await runner.look(copy)).toEqual({ type: 'elsewhere', place: one.root })
      await expect(runner.watch(copy, never)).rejects.toThrow(`belongs to another checkout, ${one.root}`)
      await expect(runner.end(copy, true, never)).rejects.toMatchObject({ code: 'session-elsewhere' })
      expect(lives(agent)).toBe(true)
      // As a git worktree has it: the record without the files.
      rmSync(join(root, 'work'), { recursive: true })
      expect(await runner.look(copy)).toEqual({ type: 'elsewhere', place: one.root })
      expect(await runner.look(original)).toMatchObject({ type: 'alive' })
    },
  )
})

describe('a checkout that is moved while a session runs in it', () => {
  it('finds the session at its new place, and nothing is created again at the old one', async () => {
    const one = rootedSession('hang')
    const agent = await startAgent(one)
    const root = join(makeRoot(), 'moved')
    renameSync(one.root, root)
    const moved = { ...one, root }
    expect(await runner.look(moved)).toMatchObject({ type: 'alive', process: { pid: agent } })
    process.kill(agent, 'SIGTERM')
    expect(await runner.watch(moved, never)).toMatchObject({ type: 'exited', signal: 'SIGTERM' })
    await until(() => recordersOf(one).length === 0, 'the end of the recorder')
    expect(existsSync(one.root)).toBe(false)
  })

  it('can be deleted: its recorder exits and creates nothing', async () => {
    const one = rootedSession('hang')
    const agent = await startAgent(one)
    rmSync(one.root, { recursive: true })
    process.kill(agent, 'SIGTERM')
    await until(() => recordersOf(one).length === 0, 'the end of the recorder')
    expect(existsSync(one.root)).toBe(false)
  })
})

describe('before a signal', () => {
  it('a process named in a forged start file is recognised as foreign, and not killed', async () => {
    for (const isForced of [false, true]) {
      const { pid: bystander } = await startReady('setsid', [process.execPath, fixture('hang')])
      const identity = identify(bystander)
      const one = rootedSession('hang')
      const agent = await startAgent(one)
      if (identity === undefined) throw new Error('The bystander does not live.')
      replaceFile(one.files.start, { recorder: identity, agent: identity, at: '' })
      await runner.end(one, isForced, never)
      await until(() => !lives(agent), 'the end of the agent')
      expect(lives(bystander)).toBe(true)
    }
  })

  it('an agent that replaced its environment is recognised by its recorder, and ended', async () => {
    const command = ['env', '-i', process.execPath, fixture('hang')]
    const one = session({ command })
    const agent = await startAgent(one)
    expect(await runner.end(one, false, never)).toMatchObject({ evidence: { signal: 'SIGINT' } })
    expect(lives(agent)).toBe(false)
  })
})

describe('a recorder that is killed while it writes a file', () => {
  it('leaves no draft once its session has ended', async () => {
    const one = fixtureSession('exit', '0')
    await runner.start(one, never)
    await untilFile(one.files.exit)
    const { pid: dead } = spawnSync('true')
    const draft = `${one.files.start}.${dead}.tmp`
    writeFileSync(draft, '{')
    await runner.watch(one, never)
    expect(existsSync(draft)).toBe(false)
  })
})

describe('a recorder that is killed before it claims its session', () => {
  it('is started again, once: nothing had been started', async () => {
    const one = fixtureSession('count', 'starts', '0', '0')
    const flaky = commandRunner({ recorder: diesFirst(one.root, 1), root: '/', grace })
    await flaky.start(one, never)
    expect(await runner.watch(one, never)).toMatchObject({ type: 'exited', code: 0 })
    expect(textOf(join(one.root, 'starts')).match(/start/g)).toHaveLength(1)
  })

  it('is replaced by the run that waits for it if an earlier run had started it', async () => {
    const one = fixtureSession('count', 'starts', '0', '0')
    const idle = ['--eval', 'console.log("ready"); setInterval(() => undefined, 1000)']
    const { child } = await startReady(process.execPath, idle, one.env())
    const start = runner.start(one, never)
    child.kill('SIGKILL')
    await start
    expect(await runner.watch(one, never)).toMatchObject({ type: 'exited', code: 0 })
    expect(textOf(join(one.root, 'starts')).match(/start/g)).toHaveLength(1)
  })

  it('twice makes the start of the session fail', async () => {
    const one = fixtureSession('count', 'starts', '0', '0')
    const flaky = commandRunner({ recorder: diesFirst(one.root, 2), root: '/', grace })
    await expect(flaky.start(one, never)).rejects.toMatchObject({ code: 'not-started' })
    expect(existsSync(join(one.root, 'starts'))).toBe(false)
  })
})

describe('a recorder', () => {
  it('passes a shutdown on to its agent, and records how that ended', async () => {
    const one = fixtureSession('hang')
    await startAgent(one)
    const [recorder = 0] = recordersOf(one)
    process.kill(recorder, 'SIGTERM')
    expect(await runner.watch(one, never)).toMatchObject({ type: 'exited', signal: 'SIGTERM' })
  })

  it('does not end with the terminal or by Ctrl-C, and neither does its agent', async () => {
    const one = fixtureSession('hang')
    const agent = await startAgent(one)
    const [recorder = 0] = recordersOf(one)
    process.kill(recorder, 'SIGHUP')
    process.kill(recorder, 'SIGINT')
    process.kill(recorder, 'SIGTERM')
    expect(await runner.watch(one, never)).toMatchObject({ type: 'exited', signal: 'SIGTERM' })
    expect(lives(agent)).toBe(false)
  })
})

describe('the command runner', () => {
  it('creates a new id for each session, and resumes if there is a command for it', () => {
    expect(runner.newIds().sessionId).not.toBe(runner.newIds().sessionId)
    const agent = { name: 'a', options: { command: ['a', '-x'], resume_command: ['a', '-c'] } }
    expect(runner.definition.commandOf(agent, 'fresh')).toEqual(['a', '-x'])
    expect(runner.definition.commandOf(agent, 'resume')).toEqual(['a', '-c'])
    const { record } = fixtureSession('hang')
    expect(runner.definition.refusalToResume(agent, record)).toBeNull()
    expect(
      runner.definition.refusalToResume(
        { name: 'a', options: { command: ['a'] } },
        { ...record, sessionId: 'cmd_1' },
      ),
    ).toBe(
      `Agent "a" has no resume_command in agents.yaml, so session cmd_1 can't be resumed. Retry starts a new session with the open tasks.`,
    )
  })
})

/** A session whose record and processes name its checkout. */
function rootedSession(name: string): TestSession {
  const one = fixtureSession(name)
  return {
    ...one,
    record: { ...one.record, origin: originAt(one.root) },
    env: () => ({ ...one.env(), WORK_ROOT: one.root }),
  }
}

/** A recorder that is killed this many times before it does anything. */
function diesFirst(folder: string, times: number): string {
  const path = join(folder, 'flaky-recorder.mjs')
  const tries = join(folder, 'tries')
  writeFileSync(
    path,
    `import { appendFileSync, readFileSync } from 'node:fs'
    appendFileSync(${JSON.stringify(tries)}, 'x')
    if (readFileSync(${JSON.stringify(tries)}, 'utf8').length <= ${times}) process.kill(process.pid, 'SIGKILL')
    await import(${JSON.stringify(bundled('recorder'))})`,
  )
  return path
}

/** Runs a session to its end. */
async function run(one: RunnerSession) {
  await runner.start(one, never)
  const end = await runner.watch(one, never)
  if (end === 'overdue') throw new Error('It is overdue without a deadline.')
  return end
}

/** Starts a session of a program that prints `ready`; returns its pid. */
async function startAgent(one: TestSession): Promise<number> {
  const identity = await runner.start(one, never)
  await untilFile(one.files.out, /ready/)
  if (identity === null || !isAlive(identity)) throw new Error('The agent does not live.')
  return identity.pid
}

/** The pid of a child, as printed by the agent. */
async function pidSaid(one: TestSession): Promise<number> {
  return Number(/child (\d+)/.exec(await untilFile(one.files.out, /child \d+\n/))?.[1])
}

function isRecorder(pid: number): boolean {
  return textOf(`/proc/${pid}/cmdline`).includes(bundled('recorder'))
}

function recordersOf(one: TestSession): number[] {
  return findByEnvironment('WORK_TOKEN', one.token).filter(isRecorder)
}

function agentsOf(one: TestSession): number[] {
  return findByEnvironment('WORK_TOKEN', one.token).filter((pid) => !isRecorder(pid))
}

function killRecorder(one: TestSession): void {
  for (const pid of recordersOf(one)) process.kill(pid, 'SIGKILL')
}

function makeLogs(one: TestSession): void {
  mkdirSync(dirname(one.files.start), { recursive: true })
}

/** Runs a script in the environment of a session and waits for its end. */
async function ended(script: string, args: string[], one: TestSession): Promise<void> {
  await new Promise((resolve, reject) =>
    execFile(process.execPath, [script, ...args], { env: one.env(), cwd: one.root }, (error) =>
      error === null ? resolve(undefined) : reject(error),
    ),
  )
}

function lineOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    stream?.on('data', (text) => {
      said += String(text)
      if (said.includes('\n')) resolve(said)
    })
  })
}

function quoted(text: string): string {
  return `'${text}'`
}
