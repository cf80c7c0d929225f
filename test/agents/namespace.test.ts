import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandRunner } from '../helpers/command-runner.ts'
import { originAt } from '../../src/process/origin.ts'
import { useBundles } from '../helpers/bundle.ts'
import { lives, untilFile } from '../helpers/processes.ts'
import { fixtureSession, never } from './sessions.ts'

const unshare = ['--pid', '--fork', '--mount-proc']
const isPossible = spawnSync('unshare', [...unshare, 'true']).status === 0
const bundled = useBundles('src/runners/recorded/recorder.ts', 'test/agents/look-worker.ts')

describe.runIf(isPossible)('a session that runs on the host', () => {
  it('is neither lost, watched nor ended from a container that shares the checkout', async () => {
    const plain = fixtureSession('hang')
    const one = { ...plain, record: { ...plain.record, origin: originAt(plain.root) } }
    const runner = commandRunner({ recorder: bundled('recorder'), root: one.root, grace: 100 })
    const agent = await runner.start(one, never)
    await untilFile(one.files.out, /ready/)
    const args = [...unshare, process.execPath, bundled('look-worker'), JSON.stringify(one.record), one.root]
    const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' })
    expect(stderr).toBe('')
    const place = `host ${one.record.origin.host}, process namespace ${one.record.origin.pidNamespace}`
    expect(JSON.parse(stdout)).toEqual({ look: { type: 'unknown', place }, end: 'session-unknown' })
    expect(agent !== null && lives(agent.pid)).toBe(true)
    expect(await runner.look(one)).toMatchObject({ type: 'alive' })
  })
})

/**
 * Root can read every environment, so the look is done as another user, which is only possible when the tests run as
 * root.
 */
describe.runIf(process.getuid?.() === 0)('a session of another user', () => {
  it('is running as far as can be seen, and is not ended', async () => {
    const one = fixtureSession('hang')
    const runner = commandRunner({ recorder: bundled('recorder'), root: one.root, grace: 100 })
    const agent = await runner.start(one, never)
    await untilFile(one.files.out, /ready/)
    for (const folder of [one.root, dirname(one.root), dirname(bundled('look-worker'))])
      chmodSync(folder, 0o755)
    const worker = [process.execPath, bundled('look-worker'), JSON.stringify(one.record), one.root]
    const { stdout } = spawnSync('setpriv', ['--reuid=65534', '--clear-groups', '--', ...worker], {
      encoding: 'utf8',
    })
    expect(JSON.parse(stdout)).toMatchObject({ look: { type: 'alive', process: agent } })
    expect(agent !== null && lives(agent.pid)).toBe(true)
  })
})
