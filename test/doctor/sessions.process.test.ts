import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { identify } from '../../src/process/identity.ts'
import { ownThreads } from '../../src/threads/leases.ts'
import { fixture, startReady } from '../helpers/processes.ts'
import { session, task, tasksFile, workIndex } from '../builders/records.ts'
import { look, workspace } from './checkup.ts'

describe('sessions', () => {
  const self = identify(process.pid)
  const dead = self === undefined ? undefined : { ...self, startTicks: '1' }

  function recordRunning(process: typeof self): void {
    const running = session({ status: 'running', runner: 'other', ...(process && { process }) })
    workspace.write(
      'work/001-demo/tasks.json',
      tasksFile([task({ id: '01.01.01.01', sessions: [running], currentSessionId: running.sessionId })]),
    )
  }

  test('that are recorded as running without a process are left over', async () => {
    recordRunning(dead)
    expect((await look()).get('sessions')).toMatch(
      /^warning: 001-demo 01\.01\.01: session cmd_1 \(default, .*\) is recorded as running, but has ended \(lost\) → work continue --stream 001-demo/,
    )
  })

  test('that are running without a supervisor are left over', async () => {
    recordRunning(self)
    expect((await look()).get('sessions')).toMatch(
      new RegExp(
        `^warning: 001-demo 01.01.01: session cmd_1 .*process ${process.pid}\\) is running without a supervisor`,
      ),
    )
  })

  test('that have ended but left a process in its own process session are named with it and a command to end it', async () => {
    const ended = session({ token: randomUUID(), status: 'interrupted', reason: 'lost' })
    const env = {
      ...process.env,
      WORK_ROOT: workspace.root,
      WORKSTREAM_ROLE: 'AGENT',
      WORK_TOKEN: ended.token,
    }
    const { pid } = await startReady('setsid', [process.execPath, fixture('hang')], env)
    workspace.write('work/001-demo/tasks.json', tasksFile([task({ id: '01.01.01.01', sessions: [ended] })]))
    const left = `has ended but left 1 process running: ${pid} (`
    expect((await look()).get('sessions')).toContain(
      `warning: 001-demo 01.01.01: session cmd_1 (default) ${left}`,
    )
    expect((await look()).get('sessions')).toContain(` → kill ${pid}`)
    // The processes of a running session are in use; those of an unknown session are named too.
    recordRunning(self)
    expect((await look()).get('sessions')).toContain(`a session that is not in any tasks.json ${left}`)
    const running = { ...ended, status: 'running' as const, runner: 'command' }
    workspace.write('work/001-demo/tasks.json', tasksFile([task({ id: '01.01.01.01', sessions: [running] })]))
    expect((await look()).get('sessions')).not.toContain(left)
  })

  describe('that are in no tasks.json', () => {
    test.each<[string, () => void]>([
      ['tasks.json is broken', () => workspace.write('work/001-demo/tasks.json', '{ "version": ')],
      ['tasks.json is a merge conflict', () => workspace.write('work/001-demo/tasks.json', '<<<<<<< ours\n')],
      ['its folder is gone', () => workspace.remove('work/001-demo')],
      ['index.json is broken', () => workspace.write('work/index.json', '{')],
      ['index.json does not list it', () => workspace.write('work/index.json', workIndex([]))],
    ])('are not reported as ended while %s', async (_, damage) => {
      const { pid } = await startReady(process.execPath, [fixture('hang')], agentEnv(randomUUID()))
      damage()
      const found = await look()
      expect([...found.values()].join('\n')).not.toContain(String(pid))
      expect(found.get('sessions')).toBeUndefined()
      expect(found.get('runs')).toBeUndefined()
    })

    test('are not reported as ended while their recorder is running', async () => {
      const token = randomUUID()
      const agent = await startReady(process.execPath, [fixture('hang')], agentEnv(token))
      const left = `a session that is not in any tasks.json has ended but left 1 process running: ${agent.pid} (`
      expect((await look()).get('sessions')).toContain(left)
      workspace.write('kept/recorder-0123456789ab.mjs', "console.log('ready')\nprocess.stdin.resume()\n")
      const recorder = join(workspace.root, 'kept/recorder-0123456789ab.mjs')
      await startReady(process.execPath, [recorder, '{}'], agentEnv(token))
      expect((await look()).get('sessions')).toBe('ok: none left over')
    })
  })

  test('whose thread is being run are not reported', async () => {
    recordRunning(self)
    const holder = { pid: process.pid, command: 'work multi', since: '' }
    const ownership = await ownThreads(workspace.stream, ['01.01.01'], holder)
    expect((await look()).get('sessions')).toBe('ok: none left over')
    ownership.release()
  })
})

/** The environment of what an agent runs as. */
function agentEnv(token: string): NodeJS.ProcessEnv {
  return { ...process.env, WORK_ROOT: workspace.root, WORKSTREAM_ROLE: 'AGENT', WORK_TOKEN: token }
}
