import { cloneSettings } from '../../src/agents/clone-settings.ts'
import { expect, it } from 'vitest'
import { makeRepository } from '../helpers/cli.ts'

const yaml = `agents:
  - name: default
    best_for: Most of it.
    models: [a/b, { model: c/d, variant: high }]
  - name: script
    description: Runs a script.
    runner: command
    command: [node, agent.mjs]
`

it('work agents shows who there is, on what they run and what for', async () => {
  const { write, work } = makeRepository()
  write('work/agents.yaml', yaml)
  const { code, stdout } = await work('agents')
  expect(code).toBe(0)
  expect(stdout).toBe(`Agent    Runner    Models or command  Best for
default  opencode  a/b, c/d:high      Most of it.
script   command   node agent.mjs     Runs a script.
`)
})

it('work agents prints agents.yaml with its defaults with --json', async () => {
  const { write, work } = makeRepository()
  write('work/agents.yaml', yaml)
  expect((await work('agents', '--json')).json()).toEqual({
    parallel: 4,
    clones: cloneSettings({}),
    agents: [
      {
        name: 'default',
        description: '',
        best_for: 'Most of it.',
        models: [{ model: 'a/b' }, { model: 'c/d', variant: 'high' }],
        runner: 'opencode',
        done_when: 'tasks',
      },
      {
        name: 'script',
        description: 'Runs a script.',
        best_for: '',
        models: [],
        runner: 'command',
        command: ['node', 'agent.mjs'],
        done_when: 'exit',
      },
    ],
  })
})

it('work agents names line, agent and field of what is wrong', async () => {
  const { write, work } = makeRepository()
  write('work/agents.yaml', yaml.replace('runner: command', 'runner: comand'))
  const { code, stderr } = await work('agents')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^Error: work\/agents\.yaml:7: agents\[1\] \(script\)\.runner/)
})

it('hints at init where there is no agents.yaml', async () => {
  expect(await makeRepository().work('agents')).toMatchObject({
    code: 2,
    stderr: 'Error: work/agents.yaml not found, so there are no agents.\n  → work init\n',
  })
})
