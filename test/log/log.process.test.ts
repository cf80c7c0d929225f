import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../machines/session.ts'
import { commandRunner } from '../helpers/command-runner.ts'
import type { RunnerSession } from '../../src/runners/runner.ts'
import { errorFacts, openWorkLog, type WorkLog, type WorkLogOptions } from '../../src/log/log.ts'
import { withLog } from '../../src/runners/with-log.ts'
import { startRun } from '../../src/engine/run.ts'
import { WorkError } from '../../src/errors.ts'
import { until } from '../helpers/until.ts'
import { useWorkers } from '../store/workers.ts'
import { exited } from '../engine/scripted-runner.ts'
import { makeWorld, type TestWorld } from '../engine/world.ts'
import { get, makeWorkspace, now } from '../builders/workspace.ts'
import { runningSession } from '../builders/records.ts'

const workers = useWorkers()

describe('the log of work', () => {
  it('gets one line of JSON per event, appended to existing ones, in a folder that git ignores', () => {
    const { path, log } = openLog()
    log.write('planned', { thread: '01.01.01', attempt: 2, reason: undefined })
    openWorkLog({ path, lock: `${path}.lock`, command: 'fix', now, complain: fail }).write('warning', {
      text: 'oh',
    })
    expect(linesOf(path)).toEqual([
      {
        time: '2026-02-03T04:05:06.789Z',
        pid: process.pid,
        command: 'multi',
        event: 'planned',
        thread: '01.01.01',
        attempt: 2,
      },
      expect.objectContaining({ command: 'fix', event: 'warning', text: 'oh' }),
    ])
    expect(get(join(path, '../.gitignore'))).toBe('*\n')
  })

  it('never contains control characters or long texts', () => {
    const { path, log } = openLog()
    const text = 'a\u001B[31m\n\u009B\u202E\u2028b'
    log.write('odd', { text, long: 'x'.repeat(10_000) })
    expect(get(path).slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u)
    expect(linesOf(path)).toMatchObject([{ text }])
    expect(get(path).length).toBeLessThan(1000)
  })

  it('does not contain the password of an address', () => {
    const { path, log } = openLog()
    log.write('odd', { error: 'No answer from http://me:hush@127.0.0.1:9/x, nor https://hush@host.' })
    expect(linesOf(path)).toMatchObject([
      { error: 'No answer from http://…@127.0.0.1:9/x, nor https://…@host.' },
    ])
  })

  it('is shown in short form on request', () => {
    const shown: string[] = []
    const { log } = openLog({ show: (line) => shown.push(line) })
    log.write('effect begun', { thread: '01.01.01', error: 'no such "key"', reason: null })
    expect(shown).toEqual([
      expect.stringMatching(/^\d\d:\d\d:06\.789 effect begun thread=01\.01\.01 error="no such \\"key\\""$/),
    ])
  })

  it('starts again when it is full, and keeps the previous one', async () => {
    const { path, log } = openLog({ limit: 300 })
    for (let index = 0; index < 4; index += 1) log.write('event', { index })
    await until(() => existsSync(`${path}.1`))
    log.write('event', { index: 19 })
    expect(linesOf(path)).toMatchObject([{ index: 19 }])
    expect(linesOf(`${path}.1`)).toMatchObject([0, 1, 2, 3].map((index) => ({ index })))
    expect(existsSync(`${path}.2`)).toBe(false)
  })

  it('keeps the complete previous one, even if many processes find it full at once', async () => {
    const { path } = openLog()
    const all = Array.from({ length: 4 }, () => workers.start('log', path, '500', '2000'))
    await Promise.all(all.map(({ ended }) => ended))
    expect(all.flatMap(({ lines }) => lines)).toEqual([])
    expect(get(`${path}.1`).length).toBeGreaterThanOrEqual(2000)
  })

  it("that can't be written is reported once, and never causes a failure", () => {
    const complaints: string[] = []
    const shown: string[] = []
    const { path, log } = openLog({ complain: (one) => complaints.push(one), show: (one) => shown.push(one) })
    mkdirSync(path, { recursive: true })
    log.write('one')
    log.write('two')
    expect(complaints).toEqual([
      expect.stringMatching(/work\.log can't be written: EISDIR.*Everything else continues\.$/),
    ])
    expect(shown).toHaveLength(2)
  })
})

it('an error is logged with its code and cause', () => {
  const cause = new Error('below')
  expect(errorFacts(new WorkError('Above.', { code: 'x-y', cause }))).toEqual({
    error: 'Above.',
    code: 'x-y',
    cause: 'below',
  })
  expect(errorFacts('odd')).toEqual({ error: 'odd', code: undefined, cause: undefined })
})

describe('a run that is logged', () => {
  it('logs the plan, each step of run and threads, and each effect with its end', async () => {
    const world = makeWorld({ threads: ['01.01.01', '01.01.02'] })
    const { path, log } = openLog()
    world.runner.fate = (thread) => (thread === '01.01.01' ? exited(0) : exited(3, 'the secret word'))
    await runLogged(world, log)
    const lines = linesOf(path)
    expect(lines.filter(({ event }) => event === 'planned')).toMatchObject([
      { thread: '01.01.01', action: 'start', attempt: 1 },
      { thread: '01.01.02', action: 'start', attempt: 1 },
    ])
    expect(stepsOf(lines, '01.01.02')).toEqual([
      'START pending → running.starting',
      'done running.starting → running.working',
      'done running.working → failed',
    ])
    expect(lines).toContainEqual(expect.objectContaining({ event: 'thread', to: 'failed', reason: 'exit' }))
    expect(lines).toContainEqual(expect.objectContaining({ event: 'run', to: 'halted' }))
    const effects = lines.filter(({ thread, effect }) => thread === '01.01.01' && effect !== undefined)
    expect(effects.map(({ event, effect, result }) => [event, effect, result])).toEqual([
      ['effect begun', 'startSession', undefined],
      ['effect ended', 'startSession', 'alive'],
      ['effect begun', 'watchSession', undefined],
      ['effect ended', 'watchSession', 'completed'],
    ])
    expect(get(path)).not.toContain('secret')
    expect(get(path)).not.toContain('Summary of')
  })

  it('logs why an effect failed', async () => {
    const world = makeWorld()
    const { path, log } = openLog()
    world.runner.fate = () => new Error('no room')
    await runLogged(world, log)
    expect(linesOf(path)).toContainEqual(
      expect.objectContaining({ event: 'effect failed', effect: 'startSession', error: 'no room' }),
    )
  })
})

it('calls of a runner are logged with their result or error, and pass through', async () => {
  const { path, log } = openLog()
  const runner = withLog(commandRunner({ recorder: '', root: '/', grace: 1 }), log)
  expect(await runner.askToResume(runningSession({ sessionId: 'ses_1' }))).toBeNull()
  await expect(
    runner.start(lacking(runningSession({ log: undefined })), new AbortController().signal),
  ).rejects.toThrow('has no "log"')
  expect(linesOf(path)).toMatchObject([
    { event: 'runner begun', call: 'askToResume', session: 'ses_1' },
    { event: 'runner ended', refusal: null },
    { event: 'runner begun', call: 'start' },
    { event: 'runner failed', call: 'start', code: 'no-log' },
  ])
})

function openLog(options: Partial<WorkLogOptions> = {}) {
  const { log: path, locks } = makeWorkspace()
  const log = openWorkLog({ path, lock: locks.log, command: 'multi', now, complain: fail, ...options })
  return { path, log }
}

async function runLogged(world: TestWorld, log: WorkLog): Promise<void> {
  const run = await startRun(
    { ...world, log },
    { selection: { type: 'continue', without: [] }, parallel: undefined },
    { planned: () => undefined, changed: () => undefined, output: () => undefined },
  )
  await run.finished
}

/** A session as a runner takes it. */
function lacking(record: SessionRecord): RunnerSession {
  return { record, agent: undefined, root: '/', title: '', prompt: () => '', env: () => ({}) }
}

function fail(complaint: string): never {
  throw new Error(complaint)
}

function linesOf(path: string): Record<string, unknown>[] {
  return get(path)
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line))
}

/** The steps of a thread in words. */
function stepsOf(lines: Record<string, unknown>[], thread: string): string[] {
  return lines
    .filter((line) => line['event'] === 'thread' && line['thread'] === thread)
    .map(({ by, from, to }) => `${String(by)} ${String(from)} → ${String(to)}`)
}
