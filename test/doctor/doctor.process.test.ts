import { rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { triedVersion } from '../../src/runners/opencode/tested-version.ts'
import { streamEntry, task, tasksFile, workIndex } from '../builders/records.ts'
import { fakeOpencode, look, workspace } from './checkup.ts'

test('a repository where all is well has nothing but ok', async () => {
  const found = await look()
  expect([...found.values()].filter((text) => !text.startsWith('ok: '))).toEqual([])
  expect([...found.keys()]).toEqual([
    'node',
    'git',
    'tmux',
    'opencode',
    'server',
    'file system',
    'disk',
    'leftovers',
    'index.json',
    'in git',
    'locks',
    'runs',
    'sessions',
    'agents.yaml',
    'agent default',
  ])
})

describe('workstreams', () => {
  test('without index.json are a problem', async () => {
    rmSync(workspace.paths.index)
    expect((await look()).get('index.json')).toMatch(/^problem: work\/index\.json not found.* → work init/)
  })

  test.each([
    ['{ "version": "2.0.0", ', /^problem: work\/001-demo\/tasks\.json:1:23: invalid JSON/],
    [
      '<<<<<<< ours\n',
      /^problem: work\/001-demo\/tasks\.json:1: found markers of an unresolved merge conflict/,
    ],
    [tasksFile([], { version: '9.0.0' }), /^problem: work\/001-demo\/tasks\.json: found version "9\.0\.0"/],
    [
      tasksFile([task({ id: '01.01.01.01' })], {
        threads: {
          '01.01.01': { machine: 'thread', version: 1, savedAt: '', snapshot: { value: 'flying' } },
        },
      }),
      /^problem: The snapshot of thread 01\.01\.01 in tasks\.json can't be used/,
    ],
  ])('with a tasks.json that can not be used are a problem', async (content, expected) => {
    workspace.write('work/001-demo/tasks.json', content)
    expect((await look()).get('stream 001-demo')).toMatch(expected)
  })

  test('with a damaged record of a session are warned of', async () => {
    const damaged = { ...task({ id: '01.01.01.01' }), sessions: [{ sessionId: 1 }] }
    workspace.write('work/001-demo/tasks.json', { ...tasksFile([]), tasks: [damaged] })
    expect((await look()).get('stream 001-demo')).toMatch(
      /^warning: A session record of thread 01\.01\.01 in tasks\.json can't be used.* → git log -p/,
    )
  })

  test('of version 1 whose threads.json can not be read are warned of', async () => {
    workspace.write('work/001-demo/tasks.json', tasksFile([task({ id: '1.1.1.1' })], { version: '1.0.0' }))
    workspace.write('work/001-demo/threads.json', 'oh')
    expect((await look()).get('stream 001-demo')).toMatch(
      /^warning: work\/001-demo\/threads\.json:1:1: invalid JSON.* → git log -p/,
    )
  })

  test('that lack their folder or their plan, or that nobody lists, are named', async () => {
    workspace.write(
      'work/index.json',
      workIndex([streamEntry(), streamEntry({ id: '002-gone', name: 'gone' })]),
    )
    rmSync(workspace.stream.plan)
    workspace.write('work/003-stray/PLAN.md', '')
    const found = await look()
    expect(found.get('stream 001-demo')).toBe(
      'warning: PLAN.md is missing → Write it, or restore it from git.',
    )
    expect(found.get('stream 002-gone')).toMatch(/^problem: its folder work\/002-gone is missing → .*git log/)
    expect(found.get('index.json')).toMatch(/^ok: 2 workstreams, 1 of them readable\nwarning: .*003-stray/)
  })
})

describe('models', () => {
  test.each([
    ['echo local/m1; echo local/m2', 'ok: 2 models of opencode: local (2)', 'ok: opencode: local/m2'],
    ['true', 'problem: opencode has none: no provider is set up → opencode auth login', 'problem: '],
    [
      'echo "no such file" >&2; exit 1',
      "warning: could not be listed, so the agents' models are not checked: opencode models failed: no such file",
      'ok: ',
    ],
  ])('are those that `opencode models` lists when no server runs: %s', async (script, models, agent) => {
    fakeOpencode(`if [ "$1" = models ]; then ${script}; else echo ${triedVersion}; fi`)
    workspace.write('work/agents.yaml', '{ agents: [{ name: default, models: [local/m2] }] }')
    const found = await look()
    expect(found.get('models')).toContain(models)
    expect(found.get('agent default')).toContain(agent)
  })
})

describe('agents', () => {
  test('with a misspelled field are warned of, and those with a field of another tool are not', async () => {
    const agent = { name: 'default', runner: 'command', command: [process.execPath] }
    workspace.write('work/agents.yaml', JSON.stringify({ agents: [{ ...agent, timout: 3 }] }))
    expect((await look()).get('agents.yaml')).toContain(
      'warning: line 1: unknown field agents[0] (default).timout → Did you mean "timeout"? work edit --agents',
    )
    workspace.write('work/agents.yaml', JSON.stringify({ agents: [agent], synthesis_agents: [] }))
    expect((await look()).get('agents.yaml')).toContain(
      'ok: line 1: unknown field synthesis_agents has no effect',
    )
  })

  test.each([
    ['{ agents: [{ name: default, models: [sonnet] }] }', /found "sonnet", expected "provider\/model"/],
    ['{ agents: [{ name: default, runner: telegraph }] }', /found "telegraph", expected one of opencode, /],
    ['{ agents: [{ name: default }] }', /models: found nothing/],
    ['{ agents: [', /invalid YAML/],
  ])('in an agents.yaml like %s are a problem', async (text, expected) => {
    workspace.write('work/agents.yaml', text)
    const found = (await look()).get('agents.yaml')
    expect(found).toMatch(/^problem: work\/agents\.yaml:1: /)
    expect(found).toMatch(expected)
  })

  test('whose program is not there or can not be executed are a problem', async () => {
    const agents = [
      { name: 'default', runner: 'command', command: ['no-such-program'] },
      { name: 'plain', runner: 'command', command: ['./work/index.json'] },
      { name: 'resume', runner: 'command', command: [process.execPath], resume_command: ['/nowhere/agent'] },
    ]
    workspace.write('work/agents.yaml', JSON.stringify({ agents }))
    const found = await look()
    expect(found.get('agent default')).toMatch(/^problem: program "no-such-program" not found on PATH/)
    expect(found.get('agent plain')).toMatch(/^problem: program "\.\/work\/index\.json" not found at \//)
    expect(found.get('agent resume')).toMatch(/^problem: program "\/nowhere\/agent" not found at/)
  })

  test('that have work to do and are not in agents.yaml are a problem', async () => {
    workspace.write(
      'work/001-demo/tasks.json',
      tasksFile([
        task({ id: '01.01.01.01', assigned_agent: 'ghost' }),
        task({ id: '01.01.02.01', assigned_agent: 'gone', status: 'completed' }),
      ]),
    )
    const found = await look()
    expect(found.get('agent ghost')).toMatch(
      /^problem: is not in agents\.yaml, but is assigned to threads of 001-demo: 01\.01\.01 → .*work assign --stream 001-demo/,
    )
    expect(found.has('agent gone')).toBe(false)
  })
})
