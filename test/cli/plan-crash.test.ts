import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { TestWorkspace } from '../helpers/cli.ts'
import { callsOf, makePlanner, planningFile, planningSessions, searchPlan } from '../helpers/planning.ts'
import { until } from '../helpers/until.ts'

/** Kills the `work` that plans right after the n-th file that it moved into place, without those that a reboot may remove. */
const killer = `
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
if (process.argv[1]?.endsWith('main.js') && process.argv[2] === 'plan') {
  const { renameSync } = fs
  let count = 0
  fs.renameSync = (from, to) => {
    renameSync(from, to)
    if (to.includes('/work/.run/')) return
    count += 1
    fs.appendFileSync('moves', to + '\\n')
    if (count === Number(process.env.KILL_AT)) process.kill(process.pid, 'SIGKILL')
  }
  syncBuiltinESMExports()
}
`

function planKilledAt(workspace: TestWorkspace, count: number) {
  const program = `data:text/javascript,${encodeURIComponent(killer)}`
  const env = { NODE_OPTIONS: `--import=${program}`, KILL_AT: String(count) }
  return workspace.run(['plan', 'Search', '--yes'], { env })
}

/** What has to be true in the end, wherever it was killed: one session, both its turns once, and the plan approved. */
function expectPlanned(workspace: TestWorkspace, where: string): void {
  const index = JSON.parse(workspace.read('work/index.json'))
  expect(index.streams, where).toMatchObject([{ id: '001-search', approval: { status: 'approved' } }])
  expect(workspace.read('work/001-search/PLAN.md'), where).toBe(searchPlan())
  expect(existsSync(join(workspace.root, 'work/001-search/PLAN.draft.md')), where).toBe(false)
  expect(callsOf(workspace), where).toHaveLength(2)
  const sessions = planningSessions(workspace)
  expect(new Set(sessions.map(({ sessionId }) => sessionId)).size, where).toBe(1)
  expect(sessions, where).toMatchObject([{ status: 'completed' }, { status: 'completed', mode: 'resume' }])
  const { requests, versions } = planningFile(workspace).planning ?? {}
  expect(requests, where).toMatchObject([{ kind: 'goal' }, { kind: 'repair' }])
  expect(versions, where).toMatchObject([{ number: 1, by: 'agent' }])
  expect(workspace.read('work/001-search/planning/versions/001.md'), where).toBe(searchPlan())
}

/** One test for all of them would take too long on a slow machine. */
const parts = 4

test.each([1, 2, 3, 4])(
  'work plan can be killed after everything that it writes: typed again, it continues there (%i of 4)',
  async (part) => {
    let kills = 0
    for (let count = part; ; count += parts) {
      const workspace = await makePlanner('# Plan: Search\n', searchPlan())
      const { signal } = await planKilledAt(workspace, count)
      const moves = readFileSync(join(workspace.root, 'moves'), 'utf8').trim().split('\n')
      const where = `killed after ${count}: ${moves.at(-1) ?? ''}`
      if (signal === null) {
        expectPlanned(workspace, where)
        break
      }
      kills += 1
      const again = await workspace.work('plan', 'Search', '--yes')
      expect(again.code, `${where}\n${again.stdout}${again.stderr}`).toBe(0)
      expectPlanned(workspace, where)
    }
    // Of a workstream, requests, two sessions, a version, the plan, its approval, and its tasks.
    expect(kills).toBeGreaterThanOrEqual(4)
  },
)

test('an agent that outlives the killed work plan is found again, and runs once', async () => {
  const waits = `
    import { existsSync } from 'node:fs'
    while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20))`
  const workspace = await makePlanner({ program: waits })
  workspace.write('script/1.md', searchPlan())
  const run = workspace.start(['plan', 'Search'])
  await until(() => callsOf(workspace).length === 1 && planningSessions(workspace)[0]?.process !== undefined)
  run.kill('SIGKILL')
  await run.ended
  const status = await workspace.work('status')
  expect(status.stdout).toContain('The plan is being drafted.\n  → work logs plan --follow')
  const next = workspace.start(['plan'])
  await until(() => next.stdout.includes('Picked up 1 session from an earlier run: plan'))
  workspace.write('go', '')
  expect((await next.ended).code).toBe(0)
  expect(callsOf(workspace)).toHaveLength(1)
  expect(planningSessions(workspace)).toMatchObject([{ status: 'completed', attempt: 1 }])
  expect(workspace.read('work/001-search/PLAN.md')).toBe(searchPlan())
})

test('two plans of one workstream do not run at once, and the second says who does', async () => {
  const waits = `
    import { existsSync } from 'node:fs'
    while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20))`
  const workspace = await makePlanner({ program: waits })
  const first = workspace.start(['plan', 'Search'])
  await until(() => callsOf(workspace).length === 1 && planningSessions(workspace)[0]?.process !== undefined)
  const second = await workspace.work('plan')
  expect(second.code).toBe(1)
  expect(second.stderr).toContain(`001-search is being planned by process ${first.pid} (work plan Search)`)
  const renamed = await workspace.work('rename', 'search', 'other')
  expect(renamed).toMatchObject({ code: 1 })
  expect(renamed.stderr).toContain('001-search is in use')
  const stopped = await workspace.work('stop', 'plan')
  expect(stopped.stdout).toContain('plan Plan: interrupted: stopped by you')
  const ended = await first.ended
  expect(ended.code).toBe(130)
  expect(ended.stdout).toContain('Stopping plan: process')
  expect(planningSessions(workspace)).toMatchObject([{ status: 'interrupted', reason: 'user' }])
})
