import { describe, expect, test } from 'vitest'
import { until } from '../helpers/until.ts'
import { factsOf, makeFailed, traceOf } from '../helpers/failed.ts'
import { sessionsOf, succeed, tasksOf } from '../helpers/scene.ts'

describe('work fix after a failure', () => {
  test('resumes the same session, and completes the thread', async () => {
    const workspace = await makeFailed()
    workspace.write('mended', '')
    const [first] = sessionsOf(workspace, '01.01.02')
    const { code, stdout } = await workspace.work('fix', '--thread', '01.01.02', '--resume', '--yes')
    expect(code).toBe(0)
    expect(stdout).toContain('01.01.02 completed')
    expect(sessionsOf(workspace, '01.01.02')).toMatchObject([
      { sessionId: first?.sessionId, attempt: 1, mode: 'fresh', status: 'failed', exitCode: 3 },
      { sessionId: first?.sessionId, attempt: 2, mode: 'resume', status: 'completed', exitCode: 0 },
    ])
    expect(traceOf(workspace).at(-1)).toBe('01.01.02 #2 default local/one resumed')
    const prompt = workspace.read('prompt-01.01.02-2')
    expect(prompt).toContain('Continue where you left off. Do only the remaining tasks:')
    expect(prompt).toContain('- [ ] 01.01.02.02 Test signing in')
    expect(prompt).not.toContain('01.01.02.01')
  })

  test('retries, and the new session gets the open tasks and what is known', async () => {
    const workspace = await makeFailed()
    workspace.write('mended', '')
    const note = 'Take port 0.\nThe log tells which.'
    const { code } = await workspace.work('fix', '--thread', '1.1.2', '--retry', '--note', note, '--yes')
    expect(code).toBe(0)
    const prompt = workspace.read('prompt-01.01.02-2')
    expect(prompt).toContain('## Attempt 2')
    expect(prompt).toContain('number 1 by agent "default" with local/one, failed')
    expect(prompt).toContain('exit code 3')
    expect(prompt).toContain('    Error: port 3000 is taken')
    expect(prompt).toContain('- 01.01.02.01 (completed): Set up.')
    expect(prompt).toContain('Note from the user\n\nTake port 0.\nThe log tells which.')
    expect(prompt.match(/^- \[ \] .*$/gm)).toEqual([
      '- [ ] Test signing in',
      '- [ ] 01.01.02.02 Test signing in',
    ])
    const [first, second] = sessionsOf(workspace, '01.01.02')
    expect(second).toMatchObject({ attempt: 2, mode: 'fresh', status: 'completed', agentName: 'default' })
    expect(second?.sessionId).not.toBe(first?.sessionId)
    expect(second?.note).toBe(note)
  })

  test('gives the thread to another agent, and the history has both', async () => {
    const workspace = await makeFailed()
    workspace.write('mended', '')
    const { code } = await workspace.work('fix', '--thread', '01.01.02', '--agent', 'reviewer', '--yes')
    expect(code).toBe(0)
    expect(sessionsOf(workspace, '01.01.02')).toMatchObject([
      { agentName: 'default', status: 'failed' },
      { agentName: 'reviewer', status: 'completed', mode: 'fresh' },
    ])
    expect(workspace.read('prompt-01.01.02-2')).toContain('by agent "default"')
    expect(tasksOf(workspace).tasks.find(({ id }) => id === '01.01.02.01')).not.toHaveProperty(
      'assigned_agent',
      'reviewer',
    )
  })

  test('tries another model of the agent first', async () => {
    const workspace = await makeFailed()
    workspace.write('mended', '')
    await succeed(workspace, 'fix', '--thread', '01.01.02', '--model', 'local/two', '--yes')
    expect(traceOf(workspace).at(-1)).toBe('01.01.02 #2 default local/two fresh')
    expect(sessionsOf(workspace, '01.01.02').map(({ model }) => model)).toEqual(['local/one', 'local/two'])
  })

  test('exits 1 when the thread fails again, and says what it said', async () => {
    const workspace = await makeFailed()
    const { code, stdout } = await workspace.work('fix', '--thread', '01.01.02', '--retry', '--yes')
    expect(code).toBe(1)
    expect(stdout).toMatch(/01\.01\.02 +failed: exit code 3 +#2 +default +Error: port 3000 is taken/)
    expect(stdout).toContain('→ work fix ')
    expect(sessionsOf(workspace, '01.01.02').map(({ status }) => status)).toEqual(['failed', 'failed'])
  })

  test('fixes several threads at once, in the shape that scripts rely on', async () => {
    const workspace = await makeFailed()
    workspace.write('mended', '')
    const named = ['--thread', '01.01.03', '01.01.02', '1.1.3']
    const { code, json } = await workspace.work('fix', ...named, '--retry', '--yes', '--json')
    expect(code).toBe(0)
    const sessionId = expect.stringMatching(/^cmd_/)
    expect(json()).toEqual({
      action: 'fix',
      stream: '001-demo',
      batch: '01.01',
      status: 'completed',
      gate: null,
      threads: [
        { id: '01.01.02', status: 'completed', reason: null, sessionId, attempt: 2 },
        { id: '01.01.03', status: 'completed', reason: null, sessionId, attempt: 2 },
      ],
    })
  })

  test('can be stopped: it exits 130, and says in JSON what became of the session', async () => {
    const workspace = await makeFailed()
    workspace.write('hold', '')
    const run = workspace.start(['fix', '--thread', '01.01.02', '--retry', '--yes', '--json'])
    await until(() => traceOf(workspace).at(-1)?.startsWith('01.01.02 #2'))
    run.kill('SIGINT')
    const { code, json } = await run.ended
    expect(code).toBe(130)
    expect(json()).toMatchObject({
      status: 'interrupted',
      threads: [{ id: '01.01.02', status: 'interrupted', reason: 'user', attempt: 2 }],
    })
  })

  test('fixes all that failed, and nothing else', async () => {
    const workspace = await makeFailed()
    workspace.write('mended', '')
    const before = traceOf(workspace).length
    await succeed(workspace, 'fix', '--all-failed', '--resume', '--yes')
    expect(traceOf(workspace).slice(before).toSorted()).toEqual([
      '01.01.02 #2 default local/one resumed',
      '01.01.03 #2 default local/one resumed',
    ])
    expect((await workspace.work('fix', '--all-failed', '--resume', '--yes')).stderr).toContain(
      'There is nothing to fix in 001-demo',
    )
  })

  test('opens the tasks of a completed thread again with --force, and runs it', async () => {
    const workspace = await makeFailed()
    workspace.write('hold', '')
    const run = workspace.start(['fix', '--thread', '01.01.01', '--retry', '--force', '--yes'])
    await until(() => traceOf(workspace).at(-1)?.startsWith('01.01.01 #2'))
    const status = () => tasksOf(workspace).tasks.find(({ id }) => id === '01.01.01.01')?.status
    expect(status()).not.toBe('completed')
    expect(workspace.read('prompt-01.01.01-2')).toContain('- [ ] 01.01.01.01 Set up')
    workspace.write('go', '')
    expect((await run.ended).code).toBe(0)
    expect(status()).toBe('completed')
    expect(sessionsOf(workspace, '01.01.01').map(({ attempt }) => attempt)).toEqual([1, 2])
  })
})

describe('work fix --dry-run', () => {
  test.each([
    { flags: ['--retry'], shown: /01\.01\.02 +Thread 02 +retry #2 +default +local\/one, local\/two/ },
    { flags: ['--resume'], shown: /01\.01\.02 +Thread 02 +resume #2 +default/ },
    { flags: ['--agent', 'reviewer'], shown: /01\.01\.02 +Thread 02 +swap #2 +reviewer/ },
    { flags: ['--model', 'local/two'], shown: /retry #2 +default +local\/two, local\/one/ },
    {
      flags: ['--new-stage', '--name', 'Ports'],
      shown: /this adds a stage at the end of PLAN\.md to fix stage 01: Fix - Ports/,
    },
  ])('shows what $flags would do, and does nothing', async ({ flags, shown }) => {
    const workspace = await makeFailed()
    const before = factsOf(workspace)
    const { code, stdout } = await workspace.work('fix', '--thread', '01.01.02', ...flags, '--dry-run')
    expect(code).toBe(0)
    expect(stdout).toMatch(shown)
    expect(factsOf(workspace)).toEqual(before)
  })

  test('gives what would be run as JSON', async () => {
    const workspace = await makeFailed()
    const before = factsOf(workspace)
    const { json } = await workspace.work('fix', '--all-failed', '--retry', '--dry-run', '--json')
    expect(json()).toMatchObject({
      action: 'fix',
      stream: '001-demo',
      dryRun: true,
      batches: [
        {
          id: '01.01',
          threads: [
            { id: '01.01.02', action: 'retry', attempt: 2, openTasks: 1 },
            { id: '01.01.03', action: 'retry', attempt: 2, openTasks: 1 },
          ],
        },
      ],
    })
    expect(factsOf(workspace)).toEqual(before)
  })
})
