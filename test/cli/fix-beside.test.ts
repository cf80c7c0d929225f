import { expect, test } from 'vitest'
import type { Running, TestWorkspace } from '../helpers/cli.ts'
import { linesOf, makeApproved, nodeAgent, sessionsOf, succeed } from '../helpers/scene.ts'
import { until } from '../helpers/until.ts'
import { planText } from '../builders/plan.ts'

/** What `work multi` says at its end about a thread that `work fix` ran in the meantime. */

/** 01.01.01 fails at first, and then waits for a file `go`; 01.01.02 waits for a file `end`. */
const agent = nodeAgent(`
import { appendFileSync, existsSync } from 'node:fs'
const { WORK_THREAD, WORK_ATTEMPT } = process.env
appendFileSync('trace', WORK_THREAD + ' #' + WORK_ATTEMPT + '\\n')
const file = { '01.01.01 #2': 'go', '01.01.02 #1': 'end' }[WORK_THREAD + ' #' + WORK_ATTEMPT]
if (WORK_THREAD === '01.01.01' && WORK_ATTEMPT === '1') process.exit(3)
const timer = setInterval(() => (file === undefined || existsSync(file)) && clearInterval(timer), 20)`)

const plan = planText([[[['Sign in'], ['Sign out']], [['Pay']]]])

/** A run whose 01.01.01 has failed, and is retried by another process, while 01.01.02 continues. */
async function runBeside(
  ...args: string[]
): Promise<{ workspace: TestWorkspace; run: Running; fix: Running }> {
  const workspace = await makeApproved(plan, agent)
  const run = workspace.start(args)
  await until(() => sessionsOf(workspace, '01.01.01')[0]?.status === 'failed')
  await until(() => sessionsOf(workspace, '01.01.02')[0]?.process)
  const fix = workspace.start(['fix', '--thread', '01.01.01', '--retry', '--yes'])
  await until(() => sessionsOf(workspace, '01.01.01')[1]?.process)
  return { workspace, run, fix }
}

test('that it is completed, and continues with the next batch', async () => {
  const { workspace, run, fix } = await runBeside('multi', '--continue')
  workspace.write('go', '')
  expect((await fix.ended).stdout).toMatch(
    new RegExp(
      `Run by another process:\\n  01.01.02 "Thread 02", by process ${run.pid} \\(.*\\) since [-\\d]{10} \\d\\d:\\d\\d\\n  → work status --watch`,
    ),
  )
  workspace.write('end', '')
  const { code, stdout } = await run.ended
  expect(stdout).toMatch(/01\.01\.01 failed: exit code 3[^]*01\.01\.01 completed/)
  expect(stdout).toContain('are done.')
  expect(stdout).not.toContain('Not every thread')
  expect(linesOf(workspace, 'trace').at(-1)).toBe('01.02.01 #1')
  expect(code).toBe(0)
})

test('that it is completed, as JSON', async () => {
  const { workspace, run, fix } = await runBeside('multi', '--batch', '1.1', '--json')
  workspace.write('go', '')
  await fix.ended
  workspace.write('end', '')
  const { code, json } = await run.ended
  expect(json()).toMatchObject({
    status: 'completed',
    threads: [
      { id: '01.01.01', status: 'completed', reason: null, attempt: 2 },
      { id: '01.01.02', status: 'completed', attempt: 1 },
    ],
  })
  expect(code).toBe(0)
})

test('that it is being run, and by whom', async () => {
  const { workspace, run, fix } = await runBeside('multi', '--continue')
  workspace.write('end', '')
  const { code, stdout } = await run.ended
  expect(stdout).toMatch(/^. 01\.01\.01 +running +#2 +default/m)
  expect(stdout).toContain(`Run by another process:
  01.01.01 "Thread 01", by process ${fix.pid} (work fix --thread 01.01.01 --retry --yes) since `)
  expect(stdout).toMatch(/\n {2}→ work status --watch shows their progress\.\n$/)
  expect(code).toBe(1)
  workspace.write('go', '')
  expect((await fix.ended).code).toBe(0)
  await succeed(workspace, 'multi', '--continue')
})
