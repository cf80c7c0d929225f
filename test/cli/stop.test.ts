import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { TestWorkspace } from '../helpers/cli.ts'
import { linesOf, makeApproved, nodeAgent, sessionsOf, succeed, tasksOf } from '../helpers/scene.ts'
import { until } from '../helpers/until.ts'
import { batchOf } from '../builders/plan.ts'

/** Appends its thread to `trace`, and runs until a file `go` is there. A thread in `deaf` ignores polite signals. */
const agent = `
import { appendFileSync, existsSync } from 'node:fs'
const { WORK_THREAD } = process.env
if (existsSync('deaf')) for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
appendFileSync('trace', WORK_THREAD + '\\n')
setInterval(() => existsSync('go') && process.exit(), 20)
`

async function startThree(...args: string[]) {
  const workspace = await makeApproved(batchOf(3), nodeAgent(agent))
  const run = workspace.start(['run', '--parallel', '2', ...args])
  await untilStarted(workspace, 2)
  return { workspace, run }
}

function untilStarted(workspace: TestWorkspace, count: number) {
  return until(() => linesOf(workspace, 'trace').length >= count && allIdentified(workspace))
}

/** Whether each session that has started is recorded with its process. */
function allIdentified(workspace: TestWorkspace): boolean {
  return tasksOf(workspace).tasks.every(({ sessions = [] }) => sessions.every((one) => one.process))
}

function reasonsOf(workspace: TestWorkspace) {
  return ['01.01.01', '01.01.02', '01.01.03'].map((id) => sessionsOf(workspace, id).at(-1)?.reason)
}

test('work stop stops one thread, keeps one from starting, and the rest of the run continues', async () => {
  const { workspace, run } = await startThree()
  expect(await succeed(workspace, 'stop', '1.1.3')).toBe(
    'Stopped:\n  01.01.03 Thread 03: not started\n2 other threads still running.\n  → work status --watch   to see what is running\n',
  )
  expect(await succeed(workspace, 'stop', '--thread', '01.01.01')).toContain(
    '01.01.01 Thread 01: interrupted: stopped by you',
  )
  const { code, stderr } = await workspace.work('stop', '1.1.1')
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr:
      'Error: Thread 01.01.01 "Thread 01" is not running: its status is interrupted.\n  → work status shows what is running.\n',
  })
  workspace.write('go', '')
  expect((await run.ended).code).toBe(1)
  expect(linesOf(workspace, 'trace').toSorted()).toEqual(['01.01.01', '01.01.02'])
  expect(reasonsOf(workspace)).toEqual(['user', undefined, undefined])
})

test('work stop stops the whole run, which says who asked for it, and then nothing is running', async () => {
  const { workspace, run } = await startThree()
  const stopped = await workspace.work('stop', '--json')
  expect(stopped.code).toBe(0)
  expect(stopped.json()).toMatchObject({
    action: 'stop',
    stream: '001-demo',
    processes: [run.pid],
    threads: ['01.01.01', '01.01.02'].map((id) => ({ id, status: 'interrupted', reason: 'user' })),
  })
  const { code, stdout } = await run.ended
  expect(code).toBe(130)
  expect(stdout).toMatch(/Stopping the run: process \d+ asked for it \(work stop --json\)\./)
  expect(await succeed(workspace, 'stop')).toBe('Nothing is running in 001-demo.\n')
  expect(readdirSync(workspace.stream.stops)).toEqual([])
  expect(readdirSync(workspace.stream.owners).filter((name) => name.startsWith('run-'))).toEqual([])
})

test('work stop ends sessions whose supervisor was killed; with --now also one that ignores polite signals', async () => {
  const { workspace, run } = await startThree()
  run.kill('SIGKILL')
  await run.ended
  expect(await succeed(workspace, 'stop', '1.1.2')).toContain(
    '01.01.02 Thread 02: interrupted: stopped by you\n1 other thread still running.',
  )
  workspace.write('deaf', '')
  const second = workspace.start(['continue', '--skip'])
  await untilStarted(workspace, 4)
  second.kill('SIGKILL')
  await second.ended
  expect(await succeed(workspace, 'stop', '--now')).toContain('01.01.03 Thread 03: interrupted')
  expect(sessionsOf(workspace, '01.01.03').at(-1)).toMatchObject({ signal: 'SIGKILL' })
  expect(reasonsOf(workspace)).toEqual(['user', 'user', 'user'])
})

test('work stop says that a process does not react, and nothing of its run is stopped', async () => {
  const { workspace, run } = await startThree()
  run.kill('SIGSTOP')
  const { code, stderr } = await workspace.work('stop')
  run.kill('SIGCONT')
  expect(code).toBe(1)
  expect(stderr).toContain(`Error: Process ${run.pid} (work run --parallel 2) since `)
  expect(stderr).toContain(`  → kill -KILL ${run.pid}, then work stop.`)
  workspace.write('go', '')
  expect((await run.ended).code).toBe(0)
})

test('an agent can not stop threads', async () => {
  const workspace = await makeApproved(batchOf(3), nodeAgent(agent))
  const { code, stderr } = await workspace.run(['stop'], { env: { WORKSTREAM_ROLE: 'AGENT' } })
  expect(code).toBe(2)
  expect(stderr).toContain('stopping threads is up to the user')
})
