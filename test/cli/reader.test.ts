import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { until } from '../helpers/until.ts'
import { batchOf } from '../helpers/plans.ts'
import { makeApproved, nodeAgent, sessionsOf } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** It works until there is a file `go`. */
const waiting = nodeAgent(
  `import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'; setInterval(() => existsSync('go') && process.exit(), 20)`,
)

describe('a run whose reader has gone', () => {
  test('goes on, and Ctrl-C still ends its sessions and gives its exit code', async () => {
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

  test('because its terminal was closed leaves its sessions alive and dies without a word', async () => {
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

test('output that can not be written is an error in words', () => {
  const full = openSync('/dev/full', 'w')
  onTestFinished(() => closeSync(full))
  const { status, stderr } = spawnSync(process.execPath, [main, '--help'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^Error: The output can't be written: ENOSPC.*\n$/)
})
