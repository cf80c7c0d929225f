import { randomUUID } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  findByEnvironment,
  identify,
  isAlive,
  isGroupAlive,
  isLocal,
  signalGroup,
} from '../../src/process/identity.ts'
import { fixture, lives, startReady } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'
import { makeRoot } from '../runners/sessions.ts'

describe('a process', () => {
  it('is alive while it is running, and dead when it has ended', async () => {
    const { pid, child } = await startReady(process.execPath, [fixture('hang')])
    const identity = identify(pid)
    expect(identity).toMatchObject({ pid, startTicks: expect.stringMatching(/^\d+$/) })
    expect(identity !== undefined && isAlive(identity)).toBe(true)
    child.kill('SIGKILL')
    await until(() => identify(pid) === undefined, 'its end')
    expect(identity !== undefined && isAlive(identity)).toBe(false)
  })

  it('is dead as soon as it is a zombie', async () => {
    const { line } = await startReady('python3', [join(import.meta.dirname, '../fixtures/agents/zombie.py')])
    const zombie = Number(line)
    await until(() => identify(zombie) === undefined, 'a zombie that counts as dead')
    expect(() => process.kill(zombie, 0)).not.toThrow()
    expect(isGroupAlive(zombie)).toBe(false)
    expect(signalGroup(zombie, 0)).toBe(true)
  })

  it('is a different one after its pid was reused', () => {
    const self = identify(process.pid)
    expect(self).toBeDefined()
    if (self === undefined) return
    expect(isAlive(self)).toBe(true)
    expect(isAlive({ ...self, startTicks: String(Number(self.startTicks) - 1) })).toBe(false)
  })

  it.runIf(process.platform === 'linux')('is the same after its host was renamed', () => {
    const self = identify(process.pid)
    expect(self !== undefined && isAlive({ ...self, host: 'renamed' })).toBe(true)
  })

  it.each([{ host: 'another-host', bootId: 'another-boot' }, { bootId: 'another-boot' }])(
    'of %j is not on this system',
    (other) => {
      const self = identify(process.pid)
      expect(self).toBeDefined()
      if (self === undefined) return
      expect(isLocal(self)).toBe(true)
      expect(isLocal({ ...self, ...other })).toBe(false)
      expect(isAlive({ ...self, ...other })).toBe(false)
    },
  )

  it('is not found under an unused pid', () => {
    expect(identify(2 ** 30)).toBeUndefined()
  })

  it.each(['a) R 1 1', 'a b (c', '))', 'Z) Z Z'])('is known under the name "%s"', async (name) => {
    const folder = makeRoot()
    const program = join(folder, name)
    copyFileSync('/bin/sh', program)
    const { pid } = await startReady(program, ['-c', 'echo ready; read line'])
    const { startTicks } = identify(process.pid) ?? {}
    const found = identify(pid)
    expect(Number(found?.startTicks)).toBeGreaterThanOrEqual(Number(startTicks))
    expect(lives(pid)).toBe(true)
  })
})

describe('processes', () => {
  it('are found by their environment, with their descendants', async () => {
    const token = randomUUID()
    const { pid, line } = await startReady(process.execPath, [fixture('escape')], {
      ...process.env,
      WORK_TOKEN: token,
    })
    const child = Number(/\d+/.exec(line)?.[0])
    expect(new Set(findByEnvironment('WORK_TOKEN', token))).toEqual(new Set([pid, child]))
    expect(findByEnvironment('WORK_TOKEN', token.slice(0, -1))).toEqual([])
    expect(findByEnvironment('TOKEN', token)).toEqual([])
    process.kill(child, 'SIGKILL')
    await until(() => !lives(child), 'the end of the child')
    expect(findByEnvironment('WORK_TOKEN', token)).toEqual([pid])
  })

  it('of a group can be signalled until none is left', async () => {
    const { line } = await startReady(process.execPath, [fixture('escape')])
    const leader = Number(/\d+/.exec(line)?.[0])
    expect(isGroupAlive(leader)).toBe(true)
    expect(signalGroup(leader, 'SIGKILL')).toBe(true)
    await until(() => !isGroupAlive(leader), 'the end of the group')
  })

  it('of no group are not signalled', () => {
    expect(signalGroup(2 ** 22 + 1, 'SIGKILL')).toBe(false)
    expect(isGroupAlive(2 ** 22 + 1)).toBe(false)
  })
})
