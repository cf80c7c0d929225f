import { cpSync, existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lives } from '../../helpers/processes.ts'
import { until } from '../../helpers/until.ts'
import { makeRoot, never } from '../sessions.ts'
import { recordersOf, rootedSession, runner, startAgent } from './recorded-sessions.ts'

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
