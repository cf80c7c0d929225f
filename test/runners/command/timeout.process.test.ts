import { describe, expect, it } from 'vitest'
import { findByEnvironment } from '../../../src/process/identity.ts'
import { readStart } from '../../../src/runners/recorded/session-files.ts'
import { fixture, lives, untilFile } from '../../helpers/processes.ts'
import { until } from '../../helpers/until.ts'
import { fixtureSession, never, session, type SessionOptions, type TestSession } from '../sessions.ts'
import { agentsOf, pidSaid, recordersOf, run, runner, startAgent } from './recorded-sessions.ts'

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
