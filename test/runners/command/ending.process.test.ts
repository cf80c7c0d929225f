import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { identify } from '../../../src/process/identity.ts'
import { replaceFile } from '../../../src/runners/recorded/recorder-files.ts'
import { readStart } from '../../../src/runners/recorded/session-files.ts'
import { fixture, lives, startReady, textOf } from '../../helpers/processes.ts'
import { until } from '../../helpers/until.ts'
import { fixtureSession, never, session } from '../sessions.ts'
import {
  agentsOf,
  bundled,
  ended,
  pidSaid,
  quoted,
  rootedSession,
  run,
  runner,
  startAgent,
} from './recorded-sessions.ts'

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
