import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../helpers/until.ts'
import { linesOf, makeApproved, nodeAgent, sessionsOf } from '../helpers/scene.ts'
import { batchOf } from '../builders/plan.ts'

/** Leaves a trace at its start and at its end, which is an exit code of its thread's own. */
const agent = `
import { appendFileSync, existsSync } from 'node:fs'
const { WORK_THREAD } = process.env
appendFileSync('started', WORK_THREAD + '\\n')
const timer = setInterval(() => {
  if (!existsSync('go')) return
  clearInterval(timer)
  appendFileSync('finished', WORK_THREAD + '\\n')
  process.exitCode = { '01.01.01': 0, '01.01.02': 4, '01.01.03': 0 }[WORK_THREAD]
}, 20)`

test.each(['while its agents run', 'and stays dead until they have finished'])(
  'work multi can be killed %s: nothing runs twice, and what is recorded is true',
  async (moment) => {
    const workspace = await makeApproved(batchOf(3), nodeAgent(agent))
    const lines = (path: string) => linesOf(workspace, path).toSorted()
    const threads = ['01.01.01', '01.01.02', '01.01.03']
    const run = workspace.start(['multi', '--continue'])
    await until(() => threads.every((id) => sessionsOf(workspace, id)[0]?.process !== undefined))
    const pids = threads.map((id) => sessionsOf(workspace, id)[0]?.process?.pid)
    run.kill('SIGKILL')
    expect((await run.ended).signal).toBe('SIGKILL')

    const areAlive = moment === 'while its agents run'
    if (!areAlive) {
      workspace.write('go', '')
      await until(() => lines('finished').length === 3)
    }
    const next = workspace.start(['multi', '--continue', '--json'])
    if (areAlive) {
      await until(() => next.stderr.includes('01.01.01, 01.01.02, 01.01.03'))
      workspace.write('go', '')
    }
    const result = await next.ended

    expect(result.code).toBe(1)
    expect(result.json()).toMatchObject({
      status: 'failed',
      threads: [
        { id: '01.01.01', status: 'completed', attempt: 1 },
        { id: '01.01.02', status: 'failed', reason: 'exit', attempt: 1 },
        { id: '01.01.03', status: 'completed', attempt: 1 },
      ],
    })
    expect(lines('started')).toEqual(threads)
    expect(lines('finished')).toEqual(threads)
    expect(threads.map((id) => sessionsOf(workspace, id).map(({ exitCode }) => exitCode))).toEqual([
      [0],
      [4],
      [0],
    ])
    expect(threads.map((id) => sessionsOf(workspace, id)[0]?.process?.pid)).toEqual(pids)
  },
)

test('a session whose agent and recorder are both killed is interrupted and lost, and said so at once', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent(agent))
  const run = workspace.start(['multi', '--continue'])
  await until(() => sessionsOf(workspace, '01.01.01')[0]?.process !== undefined)
  run.kill('SIGKILL')
  await run.ended
  const start: { recorder: { pid: number }; agent: { pid: number } } = JSON.parse(
    workspace.read('work/001-demo/logs/01.01.01/1.start.json'),
  )
  process.kill(start.recorder.pid, 'SIGKILL')
  process.kill(start.agent.pid, 'SIGKILL')

  await until(async () =>
    (await workspace.work('status', '--sessions')).stdout.includes('interrupted: process lost'),
  )
  const status = await workspace.work('status', '--sessions', '--json')
  expect(status.json()).toMatchObject({
    streams: [
      {
        threads: [
          {
            id: '01.01.01',
            status: 'interrupted',
            reason: 'lost',
            sessions: [{ status: 'interrupted', reason: 'lost' }],
          },
        ],
      },
    ],
  })
  workspace.write('go', '')
  const result = await workspace.work('multi', '--continue', '--json')
  expect(result.code).toBe(1)
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'interrupted', reason: 'lost' }])
  expect((await workspace.work('multi', '--continue')).code).toBe(0)
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([
    { attempt: 1 },
    { attempt: 2, status: 'completed' },
  ])
})

test('a timeout ends the session also while work is dead, and continue records it', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent(agent, { timeout: '15s' }))
  const run = workspace.start(['multi', '--continue'])
  await until(() => sessionsOf(workspace, '01.01.01')[0]?.process !== undefined)
  run.kill('SIGKILL')
  await run.ended

  await until(() => existsSync(join(workspace.stream.logs, '01.01.01', '1.exit.json')))
  expect(JSON.parse(workspace.read('work/001-demo/logs/01.01.01/1.exit.json'))).toMatchObject({
    signal: 'SIGINT',
    endedFor: 'timeout',
  })
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'running', timeout: 15_000 }])
  expect((await workspace.work('status', '--sessions')).stdout).toContain('timed out after 15s')
  await workspace.work('continue', '--yes')
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'failed', reason: 'timeout' }])
  expect(linesOf(workspace, 'finished')).toEqual([])
})
