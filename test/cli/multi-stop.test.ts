import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { until } from '../helpers/until.ts'
import { makeApproved, nodeAgent, sessionsOf, succeed } from '../helpers/scene.ts'
import { batchOf } from '../builders/plan.ts'
import { trace, traces } from '../helpers/traces.ts'

const waiting = `${trace}
console.log('waiting in ' + WORK_THREAD)
const timer = setInterval(() => existsSync('go') && clearInterval(timer), 20)
`

describe('stopping a run', () => {
  test('with Ctrl-C ends its sessions politely, starts no more, and exits with 130', async () => {
    const workspace = await makeApproved(batchOf(3), nodeAgent(waiting))
    const run = workspace.start(['multi', '--continue', '--parallel', '2'])
    await until(() => traces(workspace).length === 2)
    run.kill('SIGINT')
    const { code, stdout } = await run.ended
    expect(code).toBe(130)
    expect(stdout).toContain('Stopping')
    expect(sessionsOf(workspace, '01.01.01')).toMatchObject([
      { status: 'interrupted', reason: 'user', signal: 'SIGINT' },
    ])
    expect(sessionsOf(workspace, '01.01.02')).toMatchObject([{ status: 'interrupted', reason: 'user' }])
    expect(sessionsOf(workspace, '01.01.03')).toEqual([])
    workspace.write('go', '')
    await succeed(workspace, 'multi', '--continue')
  })

  test('twice immediately stops agents that ignore polite signals', async () => {
    const stubborn = `process.on('SIGINT', () => undefined); process.on('SIGTERM', () => undefined)\n${waiting}`
    const workspace = await makeApproved(batchOf(1), nodeAgent(stubborn))
    const run = workspace.start(['multi', '--continue'])
    await until(() => traces(workspace).length === 1)
    run.kill('SIGINT')
    await until(() => run.stdout.includes('Stopping'))
    await until(() => {
      run.kill('SIGINT')
      return run.stdout.includes('immediately.')
    })
    expect((await run.ended).code).toBe(130)
    expect(sessionsOf(workspace, '01.01.01')).toMatchObject([
      { status: 'interrupted', reason: 'user', signal: 'SIGKILL' },
    ])
  })

  test.each<[string, NodeJS.Signals[]]>([
    ['kill -INT twice', ['SIGINT', 'SIGINT']],
    ['SIGINT and SIGTERM', ['SIGINT', 'SIGTERM']],
  ])('two signals within a moment are one: %s lets an agent clean up', async (_, signals) => {
    const tidy = `import { writeFileSync } from 'node:fs'
process.on('SIGINT', () => setTimeout(() => { writeFileSync('clean', ''); process.exit(1) }, 400))
setInterval(() => undefined, 1000)
console.log('ready')
writeFileSync('ready', '')`
    const workspace = await makeApproved(batchOf(1), nodeAgent(tidy))
    const run = workspace.start(['multi', '--continue'])
    await until(() => existsSync(join(workspace.root, 'ready')))
    for (const signal of signals) run.kill(signal)
    expect((await run.ended).code).toBe(130)
    expect(existsSync(join(workspace.root, 'clean'))).toBe(true)
    expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'interrupted', exitCode: 1 }])
  })

  test('by closing the terminal leaves the agents running, and the next run adopts them', async () => {
    const workspace = await makeApproved(batchOf(2), nodeAgent(waiting))
    const run = workspace.start(['multi', '--continue'])
    await until(() => traces(workspace).length === 2)
    run.kill('SIGHUP')
    expect((await run.ended).code).toBe(129)
    expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'running' }])
    const next = workspace.start(['multi', '--continue'])
    await until(() => next.stdout.includes('01.01.01, 01.01.02'))
    workspace.write('go', '')
    expect((await next.ended).code).toBe(0)
    expect(traces(workspace)).toHaveLength(2)
    expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'completed', attempt: 1 }])
  })
})

describe('a thread that is being run', () => {
  test('is refused to everybody else, with the pid and command of who runs it', async () => {
    const workspace = await makeApproved(batchOf(2), nodeAgent(waiting))
    const run = workspace.start(['multi', '--continue', '--parallel', '1'])
    await until(() => traces(workspace).length === 1)
    for (const args of [
      ['multi', '--continue'],
      ['multi', '--batch', '01.01'],
      ['execute', '--thread', '01.01.02'],
    ]) {
      const refused = await workspace.work(...args, '--json')
      expect(refused.code).toBe(2)
      expect(refused.json()).toMatchObject({
        error: {
          code: 'thread-busy',
          message: expect.stringContaining(`process ${run.pid} (work multi --continue --parallel 1)`),
        },
      })
    }
    workspace.write('go', '')
    expect((await run.ended).code).toBe(0)
    expect(traces(workspace)).toHaveLength(2)
  })
})
