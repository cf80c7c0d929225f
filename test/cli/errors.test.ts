import { describe, expect, it } from 'vitest'
import { makeRepository, makeWorkspace } from '../helpers/cli.ts'
import { task } from '../builders/records.ts'

const commands = [
  ['status'],
  ['list'],
  ['tree'],
  ['read', '--task', '01.01.01.01'],
  ['assign', '--list'],
  ['prompt'],
  ['validate', 'plan'],
]

describe.each(commands)('work %s', (...args) => {
  it('outside of a repository says where it looked', async () => {
    const { run, home } = makeRepository()
    const { code, stdout, stderr } = await run(args, { cwd: home })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`Error: No git repository at or above ${home}.\n  → git init`)
  })

  it('before init hints at it', async () => {
    const { code, stdout, stderr } = await makeRepository().work(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe(
      'Error: work/index.json not found: this repository has no workstreams yet.\n  → work init\n',
    )
  })

  it('with an unknown workstream names the near ones', async () => {
    const { code, stderr, json } = await makeWorkspace().work(...args, '--stream', 'dem', '--json')
    const message = 'Workstream "dem" not found. Did you mean 001-demo?'
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(json()).toMatchObject({ error: { code: 'stream-not-found', message, hint: expect.any(String) } })
  })
})

it('work status --stream "" names what is not there, instead of another that is current', async () => {
  const { code, stderr } = await makeWorkspace().work('status', '--stream', '')
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Workstream "" not found.'),
  })
})

it('work approve takes a number for a stage only', async () => {
  const { code, stderr } = await makeWorkspace().work('approve', 'plan', '3')
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr:
      'Error: A number goes with stage: "plan 3" can\'t be approved.\n  → work approve stage 3, or work approve plan\n',
  })
})

it('the JSON of an error has the commands of its hint as lists of arguments, for the same workstream', async () => {
  const { work } = makeWorkspace([task({ id: '01.01.01.01' })])
  expect((await work('approve', 'plan', '3', '--stream', '1', '--json')).json()).toMatchObject({
    error: {
      hint: 'work approve --stream 1 stage 3, or work approve --stream 1 plan',
      commands: [
        ['work', 'approve', '--stream', '1', 'stage', '3'],
        ['work', 'approve', '--stream', '1', 'plan'],
      ],
    },
  })
  expect((await work('archive', '--json')).json()).toMatchObject({
    error: { commands: [expect.anything(), ['work', 'archive', '--help']] },
  })
})

it.each([
  [['session', 'complete', '--all', '--stream', '1'], 'work session --stream 1 complete --all --yes'],
  [['session', 'complete', '--all'], 'work session complete --all --yes'],
  [['fix', '--stream', 'demo'], 'work run --stream demo runs the rest.'],
  [['fix', '--resume', '--retry', '--stream', '1'], 'work fix --help'],
  [['fix', '--stream', '7'], 'work current shows the default for --stream.'],
])('work %j names what helps for that workstream, not for the current one: %s', async (args, hint) => {
  const workspace = makeWorkspace([task({ id: '01.01.01.01' })])
  const { json } = await workspace.work(...args, '--json')
  expect(json()).toMatchObject({ error: { hint } })
})

it.each([['status'], ['list'], ['tree'], ['read', '--task', '01.01.01.01'], ['assign', '--list']])(
  'work %s names the line of a merge conflict in tasks.json and leaves the file alone',
  async (...args) => {
    const { work, read, write } = makeWorkspace([task({ id: '01.01.01.01' })])
    const path = 'work/001-demo/tasks.json'
    const conflict = read(path).replace('  "tasks"', '<<<<<<< HEAD\n  "tasks"')
    write(path, conflict)
    const { code, stdout, stderr } = await work(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`Error: ${path}:5: found markers of an unresolved merge conflict (<<<<<<<).`)
    expect(read(path)).toBe(conflict)
  },
)
