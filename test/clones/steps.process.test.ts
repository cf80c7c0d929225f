import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { runSteps, type StepsOrder } from '../../src/clones/steps.ts'
import { findByEnvironment } from '../../src/process/identity.ts'
import { untilFile } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'

let folder: string
let mark: string
let none: AbortSignal

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'work-steps-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mark = `mark-${folder}`
  none = new AbortController().signal
})

function order(commands: string[][], more: Partial<StepsOrder> = {}): StepsOrder {
  const env = { PATH: process.env['PATH'] ?? '' }
  return { commands, cwd: folder, env, log: join(folder, 'logs', 'steps.log'), mark, ...more }
}

const log = () => readFileSync(join(folder, 'logs', 'steps.log'), 'utf8')

test('commands run in order, and the log has each with its output', async () => {
  const end = await runSteps(
    order([
      ['echo', 'one two'],
      ['sh', '-c', 'echo err >&2; cat; pwd'],
    ]),
    none,
  )
  expect(end).toMatchObject({ code: 0, isTimedOut: false })
  expect(log()).toBe(`$ echo "one two"\none two\n$ sh -c "echo err >&2; cat; pwd"\nerr\n${folder}\n`)
})

test('the first command that fails is the last, and its output is at the end of the tail', async () => {
  const end = await runSteps(
    order([
      ['sh', '-c', 'seq 30; exit 3'],
      ['echo', 'never'],
    ]),
    none,
  )
  expect(end).toMatchObject({ code: 3, failed: ['sh', '-c', 'seq 30; exit 3'] })
  expect(end.tail.split('\n')).toHaveLength(20)
  expect(end.tail).toMatch(/\n30$/)
})

test('the log keeps earlier output, and the tail is of this run only', async () => {
  await runSteps(order([['echo', 'early']]), none)
  const end = await runSteps(order([['echo', 'late']]), none)
  expect(log()).toContain('early')
  expect(end.tail).toBe('$ echo late\nlate')
})

test('a program that does not exist counts as exit code 127, and the tail names it', async () => {
  expect(await runSteps(order([['no-such-program']]), none)).toMatchObject({
    code: 127,
    tail: '$ no-such-program\nwork: program not found: no-such-program',
  })
})

test('a folder that does not exist is named', async () => {
  const end = await runSteps(order([['true']], { cwd: join(folder, 'gone') }), none)
  expect(end.tail).toContain(`folder not found: ${join(folder, 'gone')}`)
})

test('an abort ends a command that ignores SIGTERM, and what it started', async () => {
  const stop = new AbortController()
  const script = `trap "" TERM; setsid sleep 600 & echo up > ${folder}/up; while :; do sleep 600; done`
  const run = runSteps(order([['bash', '-c', script]]), stop.signal)
  await untilFile(join(folder, 'up'))
  stop.abort()
  expect(await run).toMatchObject({ code: null, isTimedOut: false })
  expect(findByEnvironment('WORK_STEP', mark)).toEqual([])
})

test('the time limit ends the commands', async () => {
  const end = await runSteps(order([['sleep', '600']], { timeout: 50 }), none)
  expect(end).toMatchObject({ code: null, isTimedOut: true, failed: ['sleep', '600'] })
  expect(end.tail).toContain('the time limit of 50 ms is over')
})

test('what a command has left in the background is ended with it', async () => {
  const end = await runSteps(order([['sh', '-c', 'sleep 600 & setsid sleep 600 & exit 0']]), none)
  expect(end.code).toBe(0)
  expect(findByEnvironment('WORK_STEP', mark)).toEqual([])
})

test('what an earlier process left running is ended before the commands start', async () => {
  const env = { PATH: process.env['PATH'] ?? '', WORK_STEP: mark }
  const old = spawn('sleep', ['600'], { env, detached: true, stdio: 'ignore' })
  await until(() => findByEnvironment('WORK_STEP', mark).includes(old.pid ?? 0))
  const end = await runSteps(
    order([['sh', '-c', `kill -0 ${old.pid} 2>/dev/null && echo alive || echo gone`]]),
    none,
  )
  expect(end.tail).toMatch(/gone$/)
})
