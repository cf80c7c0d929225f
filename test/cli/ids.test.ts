import { describe, expect, it, test } from 'vitest'
import { readIdAmong, withPart } from '../../src/cli/ids.ts'
import { makeApproved, nodeAgent, succeed, tasksOf } from '../helpers/scene.ts'
import { task } from '../builders/records.ts'
import { planText } from '../builders/plan.ts'

const tasks = [
  task({ id: '01.01.01.01', thread_name: 'API', batch_name: 'Core', name: 'Write it' }),
  task({ id: '01.01.01.02', thread_name: 'API', batch_name: 'Core', name: 'Test it' }),
  task({ id: '01.01.02.01', thread_name: 'API docs', batch_name: 'Core', name: 'Write it' }),
  task({ id: '01.02.01.01', thread_name: 'Parser', batch_name: 'Input', name: 'Parse' }),
]
const read = (word: string, level: Parameters<typeof readIdAmong>[1]) => readIdAmong(word, level, () => tasks)

describe('an id', () => {
  it.each([
    ['1.1.2', 'thread', '01.01.02'],
    ['01.01.02', 'thread', '01.01.02'],
    ['parser', 'thread', '01.02.01'],
    ['docs', 'thread', '01.01.02'],
    ['api', 'thread', '01.01.01'],
    ['inp', 'batch', '01.02'],
    ['test', 'task', '01.01.01.02'],
  ] as const)('%s is that of the %s %s', (word, level, id) => {
    expect(read(word, level)).toBe(id)
  })

  it.each([
    ['ap', 'thread', 'Several threads are named "ap". Threads: 01.01.01 API, 01.01.02 API docs.'],
    ['write', 'task', 'Several tasks are named "write". Tasks: 01.01.01.01 Write it, 01.01.02.01 Write it.'],
    ['nothing', 'batch', 'No batch is named "nothing". Batches: 01.01 Core, 01.02 Input.'],
    ['1.1', 'thread', '"1.1" is not a thread id. Expected the form 01.02.03.'],
    ['', 'thread', '"" is not a thread id. Expected the form 01.02.03.'],
  ] as const)('%j is that of no %s: %s', (word, level, message) => {
    expect(() => read(word, level)).toThrow(message)
  })

  it('after the command is what its numbers say, and may repeat the flag but not contradict it', () => {
    const all = ['stage', 'batch', 'thread'] as const
    expect(withPart('1', {}, all)).toEqual({ stage: '01' })
    expect(withPart('1.2', { json: true }, all)).toEqual({ json: true, batch: '01.02' })
    expect(withPart('1.2.3', { thread: '01.02.03' }, all)).toEqual({ thread: '01.02.03' })
    expect(withPart(undefined, { thread: '1.2.3' }, all)).toEqual({ thread: '1.2.3' })
    expect(() => withPart('1.2.3', { thread: '1.2.4' }, all)).toThrow(
      'The thread is specified twice: 1.2.3, and --thread 1.2.4.',
    )
  })
})

test('threads and tasks are named in the same ways in all commands', async () => {
  const names = ['Alpha', 'Beta', 'Gamma']
  const plan = planText([[[['A'], ['B']], [['C']]]]).replaceAll(
    /(?<=^#{6} Thread \d\d: ).*$/gm,
    () => names.shift() ?? '',
  )
  const workspace = await makeApproved(plan, nodeAgent('process.exit(1)'))
  const status = await succeed(workspace, 'status', 'beta')
  expect(status).toContain('01.01.02')
  expect(status).not.toContain('01.01.01')
  expect(await succeed(workspace, 'list', '1.2')).not.toContain('Alpha')
  expect(await succeed(workspace, 'read', '1.1.1')).toContain('01.01.01.01')
  await succeed(workspace, 'update', '1.1.1', '--status', 'completed')
  await succeed(workspace, 'update', '--thread', '1.1.2.1', '--status', 'blocked')
  await succeed(workspace, 'assign', 'gamma', '--agent', 'default')
  expect(tasksOf(workspace).tasks).toMatchObject([
    { status: 'completed' },
    { status: 'blocked' },
    { assigned_agent: 'default' },
  ])
  expect(await succeed(workspace, 'prompt', 'gamma', '--json')).toContain('gamma')
  expect((await workspace.work('run', 'gamma')).code).toBe(1)
  expect(await succeed(workspace, 'fix', 'gamma', '--retry', '--dry-run')).toContain('01.02.01')
  expect(await succeed(workspace, 'current', '1')).toContain('001-demo')
})
