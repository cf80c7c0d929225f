import { expect, it } from 'vitest'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { makeRepository, makeWorkspace } from '../helpers/cli.ts'
import { makeApproved } from '../helpers/scene.ts'
import { agentsYaml } from '../builders/agents.ts'
import { task } from '../builders/records.ts'
import { batchOf } from '../builders/plan.ts'

const path = 'work/.run/work.log'

it('a run is logged, without the words of prompts and notes; --verbose shows it on standard error', async () => {
  const workspace = await makeApproved(batchOf(1), agentsYaml(['echo', 'hi']))
  const quiet = await workspace.work('execute', '--thread', '01.01.01', '--json')
  expect(quiet.code, quiet.stderr).toBe(0)
  const lines = linesOf(workspace.read(path)).filter(({ command }) => command === 'execute')
  expect(lines.at(0)).toMatchObject({ event: 'command begun', thread: '01.01.01', flags: 'thread json' })
  expect(lines).toContainEqual(expect.objectContaining({ event: 'thread', by: 'START', thread: '01.01.01' }))
  expect(lines).toContainEqual(
    expect.objectContaining({ event: 'runner ended', call: 'start', runner: 'command' }),
  )
  expect(lines.at(-1)).toMatchObject({ event: 'command ended', exitCode: 0 })
  expect(quiet.stderr).not.toContain('effect begun')

  const retry = [
    'fix',
    '--thread',
    '01.01.01',
    '--retry',
    '--force',
    '--yes',
    '--note',
    'the word of a person',
  ]
  const shown = await workspace.work(...retry, '--verbose', '--json')
  expect(shown.code, shown.stderr).toBe(0)
  expect(shown.stderr).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} thread thread=01\.01\.01 .*by=RETRY from=completed to=running\.starting$/m,
  )
  expect(shown.json()).toMatchObject({ status: 'completed' })
  expect(workspace.read(path)).toContain('"command":"fix"')
  expect(workspace.read(path)).not.toContain('the word of a person')
  expect(workspace.read(path)).not.toContain('Step of thread')
})

it('a command that only shows or reports logs nothing, unless --verbose asks for it', async () => {
  const workspace = makeWorkspace([task({ id: '01.01.01.01' })])
  await workspace.work('status')
  await workspace.work('update', '--task', '01.01.01.01', '--status', 'completed')
  expect(existsSync(join(workspace.root, path))).toBe(false)
  const { code, stdout, stderr } = await workspace.work('status', '--verbose')
  expect(code).toBe(0)
  expect(stdout).toContain('001-demo')
  expect(stderr).toMatch(/ command begun flags=verbose\n.* command ended exitCode=0 ms=\d+\n$/)
  expect(linesOf(workspace.read(path))).toHaveLength(2)
})

it('an error is logged with its code, and a log that can not be written stops nothing', async () => {
  const workspace = await makeApproved(batchOf(1), agentsYaml(['echo', 'hi']))
  const { code } = await workspace.work('execute', '--thread', '01.01.09')
  expect(code).toBe(2)
  expect(linesOf(workspace.read(path)).at(-1)).toMatchObject({
    event: 'command ended',
    exitCode: 2,
    code: 'thread-not-found',
  })
  workspace.write(`${path}.1/x`, '')
  workspace.write(path, 'x'.repeat(2_000_000))
  const run = await workspace.work('execute', '--thread', '01.01.01')
  expect(run.code, run.stderr).toBe(0)
  expect(run.stderr.match(/Warning: The log .* can't be written/g)).toHaveLength(1)
})

it('nothing is written where there is no work folder', async () => {
  const workspace = makeRepository()
  await workspace.work('multi', '--continue', '--verbose')
  expect(existsSync(workspace.paths.work)).toBe(false)
})

function linesOf(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line))
}
