import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { linesOf, makeApproved, nodeAgent, sessionsOf } from '../helpers/scene.ts'
import { until } from '../helpers/until.ts'
import { planText } from '../builders/plan.ts'

/** The installed `work` is replaced, or removed, while it runs threads. */

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Says that it runs, and waits for a file that says how to end. */
const agent = nodeAgent(`
  import { appendFileSync, existsSync, readFileSync } from 'node:fs'
  const { WORK_THREAD: thread } = process.env
  appendFileSync('ledger', thread + '\\n')
  const told = () => existsSync('end-' + thread) && readFileSync('end-' + thread, 'utf8') !== ''
  while (!told()) await new Promise((resolve) => setTimeout(resolve, 20))
  process.exit(Number(readFileSync('end-' + thread, 'utf8')))
`)

describe('a run whose program is replaced while it is under way', () => {
  it('starts the rest of its threads, and ends as if nothing had happened', async () => {
    const { workspace, run, remove } = await start()
    remove()
    for (const thread of ['01.01.01', '01.01.02', '01.02.01']) workspace.write(`end-${thread}`, '0')
    const { code, stderr, stdout } = await run.ended
    expect(stderr).toBe('')
    expect(stdout).toContain('01.02.01 completed')
    expect(code).toBe(0)
    expect(linesOf(workspace, 'ledger').toSorted()).toEqual(['01.01.01', '01.01.02', '01.02.01'])
  })

  it('says what failed, and what to do', async () => {
    const { workspace, run, remove } = await start()
    remove()
    workspace.write('end-01.01.01', '3')
    workspace.write('end-01.01.02', '0')
    const { code, stdout, stderr } = await run.ended
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toContain('work fix')
    expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'failed', exitCode: 3 }])
  })

  it('can be stopped by Ctrl-C', async () => {
    const { workspace, run, remove } = await start()
    remove()
    run.kill('SIGINT')
    const { code, stderr } = await run.ended
    expect([code, stderr]).toEqual([130, ''])
    expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'interrupted', reason: 'user' }])
  })

  it('ends in words when tasks.json is gone as well', async () => {
    const { workspace, run, remove } = await start()
    remove()
    workspace.remove('work/001-demo/tasks.json')
    workspace.write('end-01.01.01', '0')
    const { code, stderr } = await run.ended
    expect(code).toBe(1)
    expect(stderr).toContain('Error: work/001-demo/tasks.json is missing.\n  → Put it back')
  })

  it('lets a report of an agent wait while its files are away for a moment', async () => {
    const { workspace, run, remove, putBack } = await start()
    remove()
    const env = {
      ...process.env,
      WORK_ROOT: workspace.root,
      WORK_STREAM: '001-demo',
      WORKSTREAM_ROLE: 'AGENT',
    }
    const program = join(workspace.paths.run, 'bin', 'work')
    const report = spawn(program, ['update', '--task', '01.01.01.01', '--report', 'halfway'], { env })
    const ended = new Promise((resolve) => report.on('close', resolve))
    putBack()
    expect(await ended).toBe(0)
    expect(workspace.read('work/001-demo/tasks.json')).toContain('halfway')
    run.kill('SIGINT')
    await run.ended
  })
})

/** A run by a copy of the program, whose first two threads work. */
async function start() {
  const workspace = await makeApproved(planText([[[['one'], ['two']], [['three']]]]), agent)
  const copy = join(workspace.root, '..', 'installed')
  const dist = join(copy, 'dist')
  const putBack = () => cpSync(join(repository, 'dist'), dist, { recursive: true })
  mkdirSync(copy)
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'))
  putBack()
  const run = workspace.start(['multi', '--continue'], { program: join(dist, 'main.js') })
  await until(() => linesOf(workspace, 'ledger').length === 2)
  const remove = () => {
    for (const name of readdirSync(dist)) rmSync(join(dist, name), { recursive: true })
    if (existsSync(join(dist, 'main.js'))) throw new Error('It is still there.')
  }
  return { workspace, run, remove, putBack }
}
