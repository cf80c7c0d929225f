import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { identify, isAlive } from '../../../src/process/identity.ts'
import { claimStart, replaceFile } from '../../../src/runners/recorded/recorder-files.ts'
import { readStart } from '../../../src/runners/recorded/session-files.ts'
import { fixture, lives } from '../../helpers/processes.ts'
import { until } from '../../helpers/until.ts'
import { fixtureSession, never, session, type TestSession } from '../sessions.ts'
import { agentsOf, makeLogs, quoted, recordersOf, run, runner, startAgent } from './recorded-sessions.ts'

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

function killRecorder(one: TestSession): void {
  for (const pid of recordersOf(one)) process.kill(pid, 'SIGKILL')
}
