import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lives, untilFile } from '../../helpers/processes.ts'
import { fixtureSession, never } from '../sessions.ts'
import { recordersOf, runner, startAgent } from './recorded-sessions.ts'

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
