import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { makeWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { makeApproved, nodeAgent, sessionsOf } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { task } from '../builders/records.ts'
import { batchOf, planText } from '../builders/plan.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** It works until there is a file `go`. */
const waiting = nodeAgent(
  `import { existsSync } from 'node:fs'; setInterval(() => existsSync('go') && process.exit(), 20)`,
)

describe('a run whose reader has gone', () => {
  test('continues, and Ctrl-C still stops its sessions with its exit code', async () => {
    const workspace = await makeApproved(batchOf(2), waiting)
    const terminal = openTerminal(workspace)
    terminal.type(`sh -c 'trap : INT; "$@"; echo $? >code' sh `)
    terminal.work('multi --continue | head -n 1')
    await until(() => sessionsOf(workspace, '01.01.02').length === 1)
    expect(terminal.screen()).not.toContain('exit code 0')
    terminal.press('C-c')
    for (const id of ['01.01.01', '01.01.02']) {
      await until(() => sessionsOf(workspace, id)[0]?.reason === 'user')
    }
    await until(() => existsSync(join(workspace.root, 'code')) && workspace.read('code') !== '')
    expect(workspace.read('code').trim()).toBe('130')
  })

  test('because its terminal was closed leaves its sessions running and ends without output', async () => {
    const workspace = await makeApproved(batchOf(1), waiting)
    const terminal = openTerminal(workspace)
    terminal.type(`sh -c 'trap : HUP; "$@" 2>err; echo $? >code' sh `)
    terminal.work('multi --continue')
    await until(() => terminal.screen().includes('1 running'))
    terminal.close()
    await until(() => existsSync(join(workspace.root, 'code')) && workspace.read('code') !== '')
    expect(workspace.read('code').trim()).toBe('129')
    // The shell's own word for it, and no other.
    expect(workspace.read('err').replace('Hangup\n', '')).toBe('')
    expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'running' }])
    workspace.write('go', '')
    expect((await workspace.work('continue', '--yes')).code).toBe(0)
    expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'completed', attempt: 1 }])
  })
})

/** Runs `work` with standard output, or both outputs, on a device that is full. */
function runOnFull(args: string[], { cwd = '.', isStderrFull = false } = {}) {
  const full = openSync('/dev/full', 'w')
  onTestFinished(() => closeSync(full))
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    stdio: ['ignore', full, isStderrFull ? full : 'pipe'],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([code]: unknown[]) => ({ code, stderr }))
  return { ended, stderr: () => stderr }
}

const oneLoss = /^Error: The output can't be written: ENOSPC.*\n$/

describe('output to a full device', () => {
  test.each([
    ['--help'],
    ['--version'],
    ['status'],
    ['update', '--task', '01.01.01.01', '--status', 'pending'],
  ])('of work %s is an error in words, once, with exit code 1', async (...args) => {
    const { root: cwd } = makeWorkspace([task({ id: '01.01.01.01' })])
    expect(await runOnFull(args, { cwd }).ended).toEqual({
      code: 1,
      stderr: expect.stringMatching(oneLoss),
    })
  })

  test('leaves a command that fails anyway its own exit code', async () => {
    const { code } = await runOnFull(['nonsense', '--json']).ended
    expect(code).toBe(2)
  })

  test('and errors to it as well end with an exit code and nothing else', async () => {
    expect(await runOnFull(['--help'], { isStderrFull: true }).ended).toEqual({ code: 1, stderr: '' })
    expect(await runOnFull(['nonsense'], { isStderrFull: true }).ended).toEqual({ code: 2, stderr: '' })
  })

  test('of a run leaves its agents running, says so once, and the run watches them to their end', async () => {
    const workspace = await makeApproved(batchOf(2), waiting)
    const run = runOnFull(['multi', '--continue'], { cwd: workspace.root })
    await until(() => sessionsOf(workspace, '01.01.02').length === 1)
    await until(() => run.stderr().includes('agents keep running'))
    workspace.write('go', '')
    const { code, stderr } = await run.ended
    expect(code).toBe(1)
    expect(stderr.match(/can't be written/g)).toHaveLength(1)
    for (const id of ['01.01.01', '01.01.02']) {
      expect(sessionsOf(workspace, id)).toMatchObject([{ attempt: 1, exitCode: 0 }])
    }
  })
})

/** Runs `work` into a pipe whose reader has gone before it writes. */
async function runWithoutReader(cwd: string, args: string[]): Promise<number | null> {
  const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ['ignore', 'pipe', 'ignore'] })
  child.stdout.destroy()
  const [code]: (number | null)[] = await once(child, 'close')
  return code ?? null
}

describe('a pipe whose reader has gone, as in work … | head -1', () => {
  test('leaves work validate plan the exit code of what it found', async () => {
    const { root, write } = makeWorkspace()
    write('work/001-demo/PLAN.md', planText([[[['One']]]]))
    expect(await runWithoutReader(root, ['validate', 'plan'])).toBe(0)
    write('work/001-demo/PLAN.md', '# Plan: Demo\n')
    expect(await runWithoutReader(root, ['validate', 'plan'])).toBe(1)
    expect(await runWithoutReader(root, ['validate', 'plan', '--json'])).toBe(1)
  })

  test('leaves a command that changes something to do all of it', async () => {
    const { root, readTasks } = makeWorkspace([task({ id: '01.01.01.01' })])
    const args = ['update', '--task', '01.01.01.01', '--status', 'completed']
    expect(await runWithoutReader(root, args)).toBe(0)
    expect(readTasks()).toMatchObject({ tasks: [{ status: 'completed' }] })
  })

  test('ends work session logs --follow, which would never end, with 141', async () => {
    const workspace = await makeApproved(batchOf(1), nodeAgent('setInterval(() => console.log("line"), 20)'))
    workspace.start(['multi', '--continue'])
    await until(() => sessionsOf(workspace, '01.01.01')[0]?.log !== undefined)
    const args = ['session', 'logs', '01.01.01', '--follow']
    expect(await runWithoutReader(workspace.root, args)).toBe(141)
  })
})

const terminal = { isTTY: true }

function fail(code: string): Error {
  return Object.assign(new Error(`${code}: no`), { code })
}

/** The module as a process has it that has just started. */
async function load() {
  vi.resetModules()
  return await import('../../src/cli/broken-pipe.ts')
}

describe('what a failed write calls for', () => {
  test('by default: the command finishes, but dies with its terminal', async () => {
    const { afterFailedWrite, codeWithOutput } = await load()
    expect(afterFailedWrite({}, fail('EPIPE'))).toEqual({ type: 'continue' })
    expect(codeWithOutput(0)).toBe(0)
    expect(afterFailedWrite(terminal, fail('EIO'))).toEqual({ type: 'hang up' })
    expect(afterFailedWrite({}, fail('EIO'))).toMatchObject({ type: 'continue', words: expect.any(String) })
    expect(afterFailedWrite({}, fail('EIO'))).toEqual({ type: 'continue' })
    expect([0, 2, 130].map(codeWithOutput)).toEqual([1, 2, 130])
  })

  test('of a run: it continues without terminal, pipe or disk', async () => {
    const { afterFailedWrite, outliveReader, isTerminalGone } = await load()
    outliveReader()
    expect(afterFailedWrite({}, fail('EPIPE'))).toEqual({ type: 'continue' })
    expect(afterFailedWrite(terminal, fail('EIO'))).toEqual({ type: 'continue' })
    expect(isTerminalGone()).toBe(true)
    expect(afterFailedWrite({}, fail('ENOSPC'))).toEqual({
      type: 'continue',
      words: expect.stringContaining('its agents keep running'),
    })
  })

  test('of a command that prints without end: it stops', async () => {
    const { afterFailedWrite, stopWithReader } = await load()
    stopWithReader()
    expect(afterFailedWrite({}, fail('EPIPE'))).toEqual({ type: 'exit', code: 141 })
    expect(afterFailedWrite({}, fail('ENOSPC'))).toMatchObject({ type: 'exit', code: 1 })
  })
})
