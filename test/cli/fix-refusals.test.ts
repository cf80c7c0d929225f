import { describe, expect, test } from 'vitest'
import type { TestWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { factsOf, makeFailed, makeUnrun, traceOf } from '../helpers/failed.ts'
import { sessionsOf } from '../helpers/scene.ts'

/** Runs `work`, which has to refuse and to leave all as it is. Gives what it says. */
async function refuse(workspace: TestWorkspace, ...args: string[]): Promise<string> {
  const before = factsOf(workspace)
  const { code, stderr } = await workspace.work(...args)
  expect(code, stderr).toBe(2)
  expect(factsOf(workspace)).toEqual(before)
  return stderr
}

const thread = ['--thread', '01.01.02']

describe('work fix refuses', () => {
  test('each two flags that contradict each other', async () => {
    const workspace = await makeFailed()
    const pairs = [
      ['--resume', '--retry'],
      ['--resume', '--new-stage'],
      ['--retry', '--new-stage'],
      ['--resume', '--agent reviewer'],
      ['--resume', '--model local/two'],
      ['--resume', '--force'],
      ['--agent reviewer', '--new-stage'],
      ['--model local/two', '--new-stage'],
      ['--note words', '--new-stage'],
    ]
    for (const [one = '', other = ''] of pairs) {
      const flags = `${one} ${other}`.split(' ')
      const names = `${one.split(' ')[0]} and ${other.split(' ')[0]}`
      expect(await refuse(workspace, 'fix', ...thread, ...flags, '--yes')).toContain(
        `Error: ${names} contradict each other.`,
      )
    }
    const all = ['fix', '--all-failed', '--yes']
    expect(await refuse(workspace, ...all, ...thread)).toContain('--thread and --all-failed contradict')
    expect(await refuse(workspace, ...all, '--retry', '--force')).toContain('--force and --all-failed')
    expect(await refuse(workspace, ...all, '--new-stage')).toContain('--all-failed and --new-stage')
  })

  test('an agent that is gone, with what can be done instead', async () => {
    const workspace = await makeFailed()
    const agents = workspace.read('work/agents.yaml')
    workspace.write('work/agents.yaml', agents.replace('"default"', '"other"'))
    for (const flag of ['--resume', '--retry']) {
      const said = await refuse(workspace, 'fix', ...thread, flag, '--yes')
      expect(said).toContain('Error: Agent "default" of the last session is no longer in work/agents.yaml')
      expect(said).toContain('→ work fix --thread 01.01.02 --agent <name>')
    }
  })

  test('flags that belong to another', async () => {
    const workspace = await makeFailed()
    for (const flag of ['--stage 1', '--name Ports', '--description words', '--batch']) {
      const [name = ''] = flag.split(' ')
      expect(await refuse(workspace, 'fix', ...thread, '--retry', ...flag.split(' '), '--yes')).toContain(
        `Error: ${name} is for --new-stage.`,
      )
    }
    expect(await refuse(workspace, 'fix', '--retry', '--force')).toContain('--force is for --thread <id>.')
    for (const flag of ['--force', '--model local/two', '--parallel 2']) {
      const addStage = ['fix', '--stage', '1', '--name', 'Ports', ...flag.split(' ')]
      expect(await refuse(workspace, ...addStage)).toContain('Error: --stage is for --new-stage.')
    }
  })

  test.each([
    { flags: ['--thread', '01.01.09', '--retry'], says: 'Thread 01.01.09 not found', hint: 'work tree' },
    { flags: ['--thread', 'abc', '--retry'], says: 'No thread is named "abc"', hint: 'work tree' },
    {
      flags: [...thread, '--agent', 'reviever'],
      says: 'Agent "reviever" not found in work/agents.yaml. Agents: reviewer, default.',
      hint: 'work agents',
    },
    {
      flags: [...thread, '--model', 'local/three'],
      says: 'Agent "default" has no model local/three. Its models: local/one, local/two.',
      hint: 'work agents',
    },
    {
      flags: ['--thread', '01.02.01', '--retry'],
      says: 'Thread 01.02.01 "Thread 01" has not been run yet',
      hint: 'work run 01.02.01',
    },
    {
      flags: ['--thread', '01.01.01', '--retry'],
      says: 'Thread 01.01.01 "Thread 01" is completed',
      hint: 'work fix --thread 01.01.01 --retry --force',
    },
    {
      flags: ['--thread', '01.01.02', '01.01.01', '--resume'],
      says: 'Thread 01.01.01 "Thread 01" is completed',
      hint: '--force',
    },
    {
      flags: [...thread, '--retry', '--note', 'Red: \u001b[31m'],
      says: 'The text contains control characters.',
      hint: 'plain text',
    },
    {
      flags: ['--new-stage', '--stage', '7', '--name', 'Ports'],
      says: 'There is no stage "7". There are: 01 Stage 01, 02 Stage 02.',
      hint: '--stage takes',
    },
    { flags: [...thread, '--new-stage', '--name', 'a\nb'], says: 'A name must be one line', hint: '--name' },
  ])('$flags, and changes nothing', async ({ flags, says, hint }) => {
    const workspace = await makeFailed()
    const told = await refuse(workspace, 'fix', ...flags, '--yes')
    expect(told).toContain(says)
    expect(told).toMatch(new RegExp(`^ {2}→ .*${hint}`, 'm'))
  })

  test('to resume a session of an agent that can not, and says what to do', async () => {
    const workspace = await makeFailed()
    await workspace.work('fix', ...thread, '--agent', 'reviewer', '--yes')
    const told = await refuse(workspace, 'fix', ...thread, '--resume', '--yes')
    expect(told).toContain('Agent "reviewer" has no resume_command in agents.yaml')
    expect(told).toContain('work fix --thread 01.01.02 --retry')
  })

  test('when nothing has failed', async () => {
    const workspace = await makeUnrun()
    expect(await refuse(workspace, 'fix', '--all-failed', '--retry', '--yes')).toContain(
      'There is nothing to fix in 001-demo: no thread has failed or was interrupted.',
    )
    expect(await refuse(workspace, 'fix')).toContain('work run')
    await workspace.work('session', 'complete', '--all', '--yes')
    expect(await refuse(workspace, 'fix')).toBe(
      'Error: There is nothing to fix in 001-demo: every thread is done.\n  → work status shows it.\n',
    )
  })

  test('a plan that was changed after its approval, but not a new stage that fixes', async () => {
    const workspace = await makeFailed()
    workspace.write('work/001-demo/PLAN.md', workspace.read('work/001-demo/PLAN.md').replace('Pay', 'Pay it'))
    const before = factsOf(workspace)
    const { code, stderr } = await workspace.work('fix', ...thread, '--retry', '--yes')
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('work approve plan') })
    expect(factsOf(workspace)).toEqual(before)
    const stage = ['--new-stage', '--name', 'Ports', '--yes']
    expect((await workspace.work('fix', ...thread, ...stage)).code).toBe(0)
    expect(workspace.read('work/001-demo/PLAN.md')).toContain('Fix - Ports')
  })

  test('nothing of a thread that is named twice: it is one', async () => {
    const workspace = await makeFailed()
    const told = await refuse(workspace, 'fix', ...thread, '1.1.2')
    expect(told).toContain('→ work fix --thread 01.01.02 --resume')
  })

  test('with the error as JSON on standard output', async () => {
    const workspace = await makeFailed()
    const { json } = await workspace.work('fix', '--thread', '01.01.09', '--retry', '--yes', '--json')
    expect(json()).toMatchObject({ error: { code: 'thread-not-found', hint: 'work tree' } })
  })
})

describe('work fix without a terminal names the flags of what it would ask', () => {
  test.each([
    { flags: [], asks: 'Which thread do you want to fix?', hint: 'work fix --thread <id> --retry' },
    {
      flags: thread,
      asks: 'What do you want to do?',
      hint: 'work fix --thread 01.01.02 --resume | --retry | --agent <name> | --new-stage',
    },
    { flags: [...thread, '--retry'], asks: 'Do it?', hint: '--yes' },
    { flags: [...thread, '--retry', '--note', 'Port 0.'], asks: 'Do it?', hint: '--yes' },
    {
      flags: [...thread, '--new-stage'],
      asks: 'Name of the new stage?',
      hint: 'work fix --new-stage --thread 01.01.02 --name <text>',
    },
    {
      flags: ['--new-stage'],
      asks: 'Which stage does the new one fix?',
      hint: 'work fix --new-stage --stage <n> --name <text>',
    },
    { flags: [...thread, '--new-stage', '--name', 'Ports'], asks: 'Do it?', hint: '--yes' },
  ])('$flags: $asks', async ({ flags, asks, hint }) => {
    const workspace = await makeFailed()
    const told = await refuse(workspace, 'fix', ...flags)
    expect(told).toContain(`Error: ${asks} There is no terminal to ask on.\n  → `)
    expect(told).toContain(hint)
  })

  test('beside JSON too, where nothing but the error is on standard output', async () => {
    const workspace = await makeFailed()
    const { json } = await workspace.work('fix', '--json')
    expect(json()).toMatchObject({ error: { code: 'needs-answer' } })
  })
})

describe('a thread that runs right now', () => {
  test('is not fixed: its holder is named with pid and command', async () => {
    const workspace = await makeFailed()
    workspace.write('hold', '')
    const run = workspace.start(['fix', ...thread, '--retry', '--yes'])
    await untilWorking(workspace)
    for (const way of [['--retry'], ['--resume'], ['--agent', 'reviewer']]) {
      const told = await refuse(workspace, 'fix', ...thread, ...way, '--yes')
      expect(told).toContain(`is being run by process ${run.pid} (work fix --thread 01.01.02 --retry --yes)`)
    }
    workspace.write('mended', '')
    workspace.write('go', '')
    expect((await run.ended).code).toBe(0)
  })

  test('is not resumed by work continue either', async () => {
    const workspace = await makeFailed()
    workspace.write('hold', '')
    const run = workspace.start(['fix', ...thread, '--retry', '--yes'])
    await untilWorking(workspace)
    const told = await refuse(workspace, 'continue', '--skip')
    expect(told).toContain(`Thread 01.01.02 is being run by process ${run.pid} (work fix`)
    run.kill('SIGINT')
    expect((await run.ended).code).toBe(130)
  })

  test('and that nobody watches is left to work continue', async () => {
    const workspace = await makeUnrun()
    workspace.write('hold', '')
    const run = workspace.start(['execute', ...thread])
    await until(() => traceOf(workspace).length === 1 && sessionsOf(workspace, '01.01.02')[0]?.process)
    run.kill('SIGKILL')
    await run.ended
    const told = await refuse(workspace, 'fix', ...thread, '--retry', '--yes')
    expect(told).toContain('Thread 01.01.02 "Thread 02" is still running, without a supervisor.')
    expect(told).toContain('→ work continue')
  })
})

/** The second attempt at the thread runs, and all that there is to record of it is recorded. */
async function untilWorking(workspace: TestWorkspace): Promise<void> {
  await until(() => traceOf(workspace).at(-1)?.startsWith('01.01.02 #2'))
  await until(() => sessionsOf(workspace, '01.01.02')[1]?.process)
}
