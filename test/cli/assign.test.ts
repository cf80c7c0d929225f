import { expect, it } from 'vitest'
import { makeWorkspace, type TestWorkspace } from '../helpers/cli.ts'
import { agentsYaml } from '../builders/agents.ts'
import { task } from '../builders/records.ts'

it('work assign gives each task of a thread to an agent', async () => {
  const { work, readTasks } = withAgents()
  expect(await work('assign', '--thread', '1.1.1', '--agent', 'default')).toMatchObject({
    code: 0,
    stdout: 'Agent default does thread 01.01.01 now.\n',
  })
  expect(readTasks()).toMatchObject({
    tasks: [
      { id: '01.01.01.01', assigned_agent: 'default' },
      { id: '01.01.01.02', assigned_agent: 'default' },
      { id: '01.01.02.01', assigned_agent: 'other' },
    ],
  })
})

it('work assign gives one task to an agent, and prints it with --json', async () => {
  const { work } = withAgents()
  const { json } = await work('assign', '--task', '01.01.01.02', '--agent', 'default', '--json')
  expect(json()).toMatchObject({
    stream: '001-demo',
    tasks: [{ id: '01.01.01.02', assigned_agent: 'default' }],
  })
})

it('work assign takes the assignment away with --clear', async () => {
  const { work, readTasks } = withAgents()
  expect(await work('assign', '--thread', '1.1.2', '--clear')).toMatchObject({
    code: 0,
    stdout: 'Removed the assignment of thread 01.01.02.\n',
  })
  expect(readTasks()).not.toHaveProperty('tasks.2.assigned_agent')
})

it('work assign lists who does what', async () => {
  const { work } = withAgents()
  expect((await work('assign', '--list')).stdout).toBe(`Thread    Name             Agent
01.01.01  Thread 01.01.01  default
01.01.02  Thread 01.01.02  other
`)
  expect((await work('assign', '--list', '--json')).json()).toEqual({
    stream: '001-demo',
    threads: [
      { id: '01.01.01', name: 'Thread 01.01.01', agent: 'default' },
      { id: '01.01.02', name: 'Thread 01.01.02', agent: 'other' },
    ],
  })
})

it.each([
  [
    ['--thread', '1.1.1', '--agent', 'defalt'],
    'Agent "defalt" not found in work/agents.yaml. Agents: default.',
  ],
  [['--thread', '1.1.9', '--agent', 'default'], 'Thread 01.01.09 not found. Nearest: 01.01.01, 01.01.02.'],
  [['--task', '1.1.1.9', '--clear'], 'Task 01.01.01.09 not found. Nearest: 01.01.01.01, 01.01.01.02.'],
  [['--thread', '1.1.1', '--task', '1.1.1.1', '--clear'], '--thread and --task can not be given together.'],
  [['--thread', '1.1.1', '--agent', 'default', '--clear'], '--agent names an agent and --clear names none.'],
  [['--list', '--clear'], '--list only shows the assignments: it cannot be combined with a change.'],
  [['--thread', '1.1.1'], 'Specify an agent for thread 01.01.01'],
  [['--agent', 'default'], 'Specify a thread (--thread) or a task (--task).'],
])('work assign refuses %j: %s', async (args, message) => {
  const { work, read } = withAgents()
  const before = read('work/001-demo/tasks.json')
  const { code, stdout, stderr } = await work('assign', ...args)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(`Error: ${message}`)
  expect(read('work/001-demo/tasks.json')).toBe(before)
})

function withAgents(): TestWorkspace {
  const workspace = makeWorkspace([
    task({ id: '01.01.01.01' }),
    task({ id: '01.01.01.02' }),
    task({ id: '01.01.02.01', assigned_agent: 'other' }),
  ])
  workspace.write('work/agents.yaml', agentsYaml(['true']))
  return workspace
}
