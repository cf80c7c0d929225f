import { describe, expect, test } from 'vitest'
import { makeRepository, makeWorkspace, type TestWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { makeFailed, makeUnrun } from '../helpers/failed.ts'
import { makeApproved, nodeAgent, remake, succeed } from '../helpers/scene.ts'
import { tasksFile } from '../builders/records.ts'
import { batchOf, planText } from '../builders/plan.ts'

/** The last two lines of `work status`: why, and the command. */
async function nextOf(workspace: TestWorkspace): Promise<string[]> {
  const { stdout } = await workspace.work('status')
  return stdout.trimEnd().split('\n').slice(-2)
}

describe('work status shows the next step', () => {
  test('from an empty plan to the last thread', async () => {
    const workspace = makeRepository()
    await workspace.work('init')
    await workspace.work('create', 'demo')
    expect(await nextOf(workspace)).toEqual([
      'The plan is not written yet.',
      '  → work plan <goal> lets an agent draft it, work edit opens it.',
    ])
    workspace.write('work/001-demo/PLAN.md', planText([[[['One']]], [[['Two']]]]))
    expect(await nextOf(workspace)).toEqual([
      'The plan is not approved yet.',
      '  → work validate plan, then work approve plan',
    ])
    workspace.write('work/agents.yaml', nodeAgent(''))
    await workspace.work('approve', 'plan')
    expect(await nextOf(workspace)).toEqual([
      'The tasks of 001-demo are not approved.',
      '  → work approve tasks',
    ])
    await workspace.work('approve', 'tasks')
    expect(await nextOf(workspace)).toEqual(['Thread 01.01.01 is next.', '  → work run'])
    await workspace.work('multi', '--continue')
    expect(await nextOf(workspace)).toEqual(['Stage 01 waits for your approval.', '  → work approve stage 1'])
    await workspace.work('approve', 'stage', '1')
    await workspace.work('multi', '--continue')
    expect((await nextOf(workspace)).at(-1)).toBe('Nothing is left to run: every thread is done.')
  })

  test('when threads failed: work fix; and nothing to an agent, or about a part', async () => {
    const workspace = await makeFailed()
    expect(await nextOf(workspace)).toEqual(['2 threads did not complete.', '  → work fix'])
    const agent = await workspace.run(['status'], { env: { WORKSTREAM_ROLE: 'AGENT' } })
    expect(agent.stdout).not.toContain('→')
    expect((await workspace.work('status', '--failed')).stdout).not.toContain('→')
  })

  test('of a workstream that is not the current one, with its id', async () => {
    const workspace = await makeUnrun()
    await workspace.work('create', 'other')
    await workspace.work('current', '--set', 'demo')
    expect((await workspace.work('status', '--stream', 'other')).stdout).toContain(
      '  → work plan <goal> --stream 002-other lets an agent draft it, work edit --stream 002-other opens it.\n',
    )
  })

  test('when the plan was changed: what approves it', async () => {
    const workspace = await makeApproved(batchOf(1), nodeAgent(''))
    workspace.write('work/001-demo/PLAN.md', `${batchOf(1)}\nMore words.\n`)
    expect((await nextOf(workspace)).at(-1)).toBe('  → work approve plan')
    workspace.write('work/001-demo/PLAN.md', batchOf(2))
    expect((await nextOf(workspace)).at(-1)).toBe('  → work approve revision')
  })

  test('while threads run: to watch, or to take them up when nobody looks after them', async () => {
    const workspace = await makeApproved(batchOf(1), nodeAgent('setInterval(() => undefined, 1000)'))
    const run = workspace.start(['multi', '--continue'])
    await until(() => run.stdout.includes('started'))
    expect(await nextOf(workspace)).toEqual(['Thread 01.01.01 is running.', '  → work status --watch'])
    run.kill('SIGKILL')
    await run.ended
    expect(await nextOf(workspace)).toEqual([
      'Thread 01.01.01 is running without a supervisor.',
      '  → work continue',
    ])
    workspace.remove('work/.run/owners/001-demo/01.01.01')
    workspace.write('work/.run/owners/001-demo/01.01.01/file', 'so that it is no lock')
    expect(await nextOf(workspace)).toEqual(['Thread 01.01.01 is running.', '  → work status --watch'])
  })
})

/** Every thread of 001-demo is done. */
function makeDone(): Promise<TestWorkspace> {
  return remake('done', async () => {
    const workspace = await makeApproved(batchOf(1), nodeAgent('', { done_when: 'exit' }))
    await succeed(workspace, 'multi', '--continue')
    return workspace
  })
}

describe('a workstream that is 100 % done and was touched again', () => {
  const cases: Record<string, { touch: (workspace: TestWorkspace) => Promise<unknown>; next: string[] }> = {
    'by add stage names the approval of the revision': {
      touch: ({ work }) => work('add-stage', '--stage', '1', '--name', 'more'),
      next: [expect.stringContaining('PLAN.md of 001-demo was changed'), 'work approve revision'],
    },
    'by a revoked plan approval names the approval of the plan': {
      touch: ({ work }) => work('approve', 'plan', '--revoke', '--reason', 'wrong port'),
      next: ["The approval of 001-demo's plan was revoked: wrong port.", 'work approve plan'],
    },
    'by a revoked approval of the tasks names the approval of the tasks': {
      touch: ({ work }) => work('approve', 'tasks', '--revoke', '--reason', 'one is missing'),
      next: ['The tasks of 001-demo are not approved any more: one is missing.', 'work approve tasks'],
    },
    'by a TASKS.md that waits names the approval of the tasks': {
      touch: ({ work }) => work('tasks', 'generate'),
      next: ['The tasks in TASKS.md are not in tasks.json yet.', 'work approve tasks'],
    },
    'by removing its tasks names the approval of the tasks': {
      touch: async ({ write }) => write('work/001-demo/tasks.json', tasksFile([])),
      next: ['The plan has no tasks in tasks.json yet.', 'work approve tasks'],
    },
    'by nothing says that nothing is left': {
      touch: () => Promise.resolve(),
      next: ['Nothing is left to run: every thread is done.'],
    },
  }

  test.each(Object.entries(cases))('%s', async (_, { touch, next: [why, command] }) => {
    const workspace = await makeDone()
    await touch(workspace)
    const { stdout } = await workspace.work('status')
    const lines = command === undefined ? [why] : [why, `  → ${command}`]
    expect(stdout.trimEnd().split('\n\n').at(-1)?.split('\n')).toEqual(lines)
    const { stdout: words, stderr } = await workspace.work('continue')
    expect(words + stderr).toContain(command === undefined ? why : '→ work approve')
  })

  test('by on_hold says so, and what is next anyway', async () => {
    const workspace = await makeUnrun()
    const index = JSON.parse(workspace.read('work/index.json'))
    index.streams[0].status = 'on_hold'
    workspace.write('work/index.json', index)
    expect(await nextOf(workspace)).toEqual([
      'The workstream is on hold ("status" in work/index.json). Thread 01.01.01 is next.',
      '  → work run',
    ])
  })

  test('a workstream without tasks and without PLAN.md says that the plan is missing', async () => {
    const workspace = makeWorkspace()
    expect((await workspace.work('status')).stderr).toContain('work/001-demo/PLAN.md is missing.')
  })
})
