import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCommandLine } from '../../src/cli/program.ts'
import { makeRepository, type TestWorkspace } from '../helpers/cli.ts'
import { capture } from '../helpers/capture.ts'
import { linesIn, makeFilled } from '../helpers/completion.ts'

/** What `work complete` answers in a workspace, in this process: each start of another one takes its time. */
async function completed({ root }: TestWorkspace, ...words: string[]) {
  const before = process.cwd()
  process.chdir(root)
  try {
    return await capture(() => runCommandLine(['complete', ...words]))
  } finally {
    process.chdir(before)
  }
}

describe('what a word can become', () => {
  const all = ['01.01.01', '01.01.02', '02.01.01']
  test.each([
    [['sta'], ['status']],
    [
      ['add', ''],
      ['stage', 'batch', 'thread', 'task'],
    ],
    [['--v'], ['--version']],
    [['status', '--str'], ['--stream']],
    [
      ['tree', ''],
      ['01', '01.01', '01.01.01', '01.01.02', '02', '02.01', '02.01.01'],
    ],
    [
      ['status', '--watch', '01.01.'],
      ['01.01.01', '01.01.02'],
    ],
    [['update', ''], all],
    [['nonsense', ''], []],
    [
      ['approve', ''],
      ['plan', 'tasks', 'stage', 'revision'],
    ],
    [
      ['approve', 'stage', ''],
      ['01', '02'],
    ],
    [['approve', 'plan', ''], []],
    [['completion', 'z'], ['zsh']],
    [
      ['update', '--status', 'c'],
      ['completed', 'cancelled'],
    ],
    [
      ['status', '--stream', ''],
      ['001-demo', '002-other'],
    ],
    [['status', '-s', '002'], ['002-other']],
    [['status', '--stream', 'oth'], ['other']],
    [['current', '--set', '001'], ['001-demo']],
    [
      ['tree', '--stream=0'],
      ['--stream=001-demo', '--stream=002-other'],
    ],
    [
      ['tree', '--stream', '=', '0'],
      ['001-demo', '002-other'],
    ],
    [
      ['tree', '--stream', '='],
      ['001-demo', '002-other'],
    ],
    [['execute', '--thread', ''], all],
    [['execute', '-t', '02'], ['02.01.01']],
    [['add', 'task', '--json', '--thread', ''], all],
    [['add-batch', '--thread', ''], []],
    [['fix', '--thread', '01.01.01', '02'], ['02.01.01']],
    [['fix', '--thread', '01.01.01', '--resu'], ['--resume']],
    [['session', 'logs', ''], all],
    [
      ['multi', '--batch', ''],
      ['01.01', '02.01'],
    ],
    [
      ['prompt', '--stage', ''],
      ['01', '02'],
    ],
    [['read', '--task', '02'], ['02.01.01.01']],
    [
      ['execute', '--stream', '002-other', '--thread', ''],
      ['01.01.01', '01.01.02'],
    ],
    [['execute', '--stream=2', '--thread', '01.01.02'], ['01.01.02']],
    [
      ['assign', '--agent', ''],
      ['default', '$(touch ran)'],
    ],
    [['status', '--repo-root', ''], [':directories']],
  ])('%j: %j', async (words, values) => {
    const { code, stdout, stderr } = await completed(makeFilled(), ...words)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(linesIn(stdout).map((line) => line.split('\t')[0])).toEqual(values)
  })

  test('comes with its name, on one line that is safe to show', async () => {
    const workspace = makeFilled()
    const threads = await completed(workspace, 'execute', '--thread', '01')
    expect(linesIn(threads.stdout)).toEqual([
      '01.01.01\tParser',
      '01.01.02\tLexer $(touch ran) `touch ran`: fast',
    ])
    const streams = await completed(workspace, 'tree', '--stream', '')
    expect(linesIn(streams.stdout)).toEqual(['001-demo\tdemo (the current one)', '002-other\tother'])
    const agents = await completed(workspace, 'execute', '--agent', 'd')
    expect(agents.stdout).toBe('default\tMost things\n')
  })

  test('is empty, without a message, where nothing can be read', async () => {
    const nothing = { code: 0, stdout: '', stderr: '' }
    const words = ['complete', 'status', '--thread', '']
    expect(await makeRepository().work(...words)).toMatchObject(nothing)
    const workspace = makeFilled()
    expect(await workspace.run(words, { cwd: '/' })).toMatchObject(nothing)
    expect(await workspace.work('complete', 'status', '--stream', '9', '--thread', '')).toMatchObject(nothing)
    workspace.write('work/001-demo/tasks.json', '{ broken')
    expect(await workspace.work(...words)).toMatchObject(nothing)
    expect(await workspace.work('complete')).toMatchObject({ code: 0, stderr: '' })
  })
})

test('work completion writes no file, and names the shells that it knows', async () => {
  const repository = makeRepository()
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await repository.work('completion', shell)
    expect(code).toBe(0)
    expect(stdout).toContain(`work completion ${shell}`)
  }
  const { code, stdout, stderr } = await repository.work('completion', 'powershell')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('There is one for: bash, zsh, fish.')
  expect(existsSync(join(repository.root, 'work'))).toBe(false)
})
