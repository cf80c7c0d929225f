import { expect, test } from 'vitest'
import type { TestWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { factsOf, makeFailed, makeUnrun, traceOf } from '../helpers/failed.ts'
import { lives } from '../helpers/processes.ts'
import { linesOf, sessionsOf, succeed } from '../helpers/scene.ts'

const threads = ['01.01.01', '01.01.02', '01.01.03']
const retry = ['fix', '--thread', '01.01.02', '--retry', '--yes']

test('of several work fix on one thread one runs it, and the others get its pid', async () => {
  const workspace = await makeFailed()
  workspace.write('hold', '')
  for (const round of [2, 3, 4]) {
    const runs = [1, 2, 3].map(() => workspace.start(retry))
    const ended = new Set<number>()
    for (const run of runs) void run.ended.then(() => ended.add(run.pid))
    await until(() => ended.size === 2 && traceOf(workspace).some((line) => line.includes(` #${round} `)))
    const [winner] = runs.filter(({ pid }) => !ended.has(pid))
    workspace.write('go', '')
    const losers = await Promise.all(runs.filter((run) => run !== winner).map((run) => run.ended))
    for (const { code, stderr } of losers) {
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining(`is being run by process ${winner?.pid} (work ${retry.join(' ')})`),
      })
    }
    expect((await winner?.ended)?.code).toBe(1)
    expect(sessionsOf(workspace, '01.01.02')).toHaveLength(round)
    workspace.remove('go')
  }
  expect(traceOf(workspace).filter((line) => line.startsWith('01.01.02'))).toHaveLength(4)
})

test('when there is nothing to fix, the error lists running threads, their owners, and how to watch them', async () => {
  const workspace = await makeUnrun()
  workspace.write('hold', '')
  const run = workspace.start(['multi', '--batch', '1.1'])
  await until(() => traceOf(workspace).length === 3)
  await until(() => threads.every((id) => sessionsOf(workspace, id)[0]?.process))

  const watched = await workspace.work('fix')
  expect(watched.code).toBe(2)
  expect(watched.stderr).toContain(
    'Error: There is nothing to fix in 001-demo: no thread has failed or was interrupted. 3 run:\n',
  )
  for (const id of threads) {
    expect(watched.stderr).toContain(
      `  ${id} "Thread ${id.slice(6)}", by process ${run.pid} (work multi --batch 1.1) since `,
    )
  }
  expect(watched.stderr).toContain('\n  → work status --watch shows their progress.\n')
  const { json } = await workspace.work('fix', '--all-failed', '--retry', '--yes', '--json')
  const holder = { pid: run.pid, command: 'work multi --batch 1.1', since: expect.any(String) }
  expect(json()).toMatchObject({
    error: { code: 'nothing-to-fix', running: threads.map((id) => ({ id, holder })) },
  })

  run.kill('SIGKILL')
  await run.ended
  const left = await workspace.work('fix', '--json')
  expect(left.json()).toMatchObject({
    error: {
      code: 'nothing-to-fix',
      message: expect.stringContaining('  01.01.02 "Thread 02", without a supervisor'),
      hint: 'work continue supervises them again.',
      running: threads.map((id) => ({ id, holder: null })),
    },
  })
})

test('a session that died with all its processes is shown as lost, and is tried again', async () => {
  const workspace = await makeUnrun()
  workspace.write('hold', '')
  await killInSession(workspace)

  const before = factsOf(workspace)
  const looked = await workspace.work('fix')
  expect(looked.stdout).toMatch(/01\.01\.02 Thread 02: ■ interrupted: process lost/)
  const inspected = await workspace.work('fix', '--thread', '01.01.02')
  expect(inspected.stdout).toContain('■ interrupted: process lost')
  expect(inspected.stdout).toContain('asking for the port')
  expect(factsOf(workspace)).toEqual(before)

  workspace.write('go', '')
  workspace.write('mended', '')
  await succeed(workspace, ...retry)
  expect(sessionsOf(workspace, '01.01.02')).toMatchObject([
    { attempt: 1, status: 'interrupted', reason: 'lost' },
    { attempt: 2, status: 'completed' },
  ])
})

test('a session that was recorded and never started is not started by looking', async () => {
  const workspace = await makeUnrun()
  workspace.write('hold', '')
  await killInSession(workspace)
  // As it was right after the session had been recorded.
  const tasks = workspace.read('work/001-demo/tasks.json')
  const [working, identity] = ['"running": "working"', /,\s*"process": \{[^}]*\}/]
  expect(tasks).toContain(working)
  expect(tasks).toMatch(identity)
  const starting = tasks.replace(working, '"running": "starting"').replace(identity, '')
  workspace.write('work/001-demo/tasks.json', starting)
  workspace.remove('work/001-demo/logs')
  workspace.remove('trace')

  const looked = await workspace.work('fix')
  expect(looked.stdout).toMatch(/01\.01\.02 Thread 02: ■ interrupted: process lost/)
  await workspace.work('fix', '--thread', '01.01.02')
  await succeed(workspace, 'fix', '--thread', '01.01.02', '--resume', '--dry-run')
  expect(workspace.read('work/001-demo/tasks.json')).toBe(starting)
  expect((await workspace.work('continue')).code).toBe(2)
  expect(traceOf(workspace)).toEqual([])

  workspace.write('go', '')
  workspace.write('mended', '')
  await succeed(workspace, ...retry)
  expect(traceOf(workspace)).toEqual(['01.01.02 #2 default local/one fresh'])
})

/** Runs 01.01.02 until its agent is at work, then kills `work`, the recorder and the agent. */
async function killInSession(workspace: TestWorkspace): Promise<void> {
  const run = workspace.start(['execute', '--thread', '01.01.02'])
  await until(() => sessionsOf(workspace, '01.01.02')[0]?.process)
  await until(() => linesOf(workspace, 'work/001-demo/logs/01.01.02/1.log').join().includes('asking for'))
  const start: { recorder: { pid: number }; agent: { pid: number } } = JSON.parse(
    workspace.read('work/001-demo/logs/01.01.02/1.start.json'),
  )
  const pids = [run.pid, start.recorder.pid, start.agent.pid]
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await run.ended
  await until(() => pids.every((pid) => !lives(pid)))
}
