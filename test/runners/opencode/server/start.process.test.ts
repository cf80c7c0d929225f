import { readdirSync } from 'node:fs'
import { delimiter } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRecord, serverFiles } from '../../../../src/runners/opencode/server/record.ts'
import { findServer, openServer, stopServer } from '../../../../src/runners/opencode/server/server.ts'
import { startHangingModel, unknownServer, useWorld, withProgram, writeRecord } from './server-world.ts'

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
