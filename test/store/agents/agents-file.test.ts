import { expect, test } from 'vitest'
import { knownPrograms } from '../../../src/agents/known-programs.ts'
import { sketchAgents } from '../../../src/agents/setup.ts'
import { cloneSettings } from '../../../src/agents/clone-settings.ts'
import { agentsText } from '../../../src/agents/template.ts'
import { findModelLine, findUnknownFields, readAgents } from '../../../src/agents/agents-file.ts'
import { get, makeWorkspace, put, thrownBy } from '../../builders/workspace.ts'

function read(text: string) {
  const { agents } = makeWorkspace()
  put(agents, text)
  return readAgents(agents)
}

const agentsTemplate = agentsText([
  { name: 'default', description: 'Any.', best_for: 'Anything.', runner: 'opencode' },
])

test('what init writes is read, with every default filled in', async () => {
  const file = await read(agentsTemplate)
  expect(file).toMatchObject({
    parallel: 4,
    agents: [{ name: 'default', runner: 'opencode', done_when: 'tasks' }],
  })
})

test('the agents of installed programs that init writes are read, without a choice but their permissions', async () => {
  const sketches = sketchAgents({ program: 'claude', model: undefined }, knownPrograms)
  const { agents } = await read(agentsText(sketches))
  expect(
    agents.map(({ name, runner, options, done_when: how, timeout }) => [name, runner, options, how, timeout]),
  ).toEqual([
    ['default', 'claude', { permissions: 'edit' }, 'tasks', 7_200_000],
    ['codex', 'codex', { permissions: 'edit' }, 'tasks', 7_200_000],
    ['gemini', 'gemini', { permissions: 'edit' }, 'tasks', 7_200_000],
  ])
})

test('the command agent of the template works once it is uncommented', async () => {
  const { agents } = await read(agentsTemplate.replaceAll(/^ {2}# (?=- name|  )/gm, '  '))
  expect(agents[1]).toEqual({
    name: 'my-agent',
    description: '',
    best_for: '',
    models: [],
    runner: 'command',
    options: {
      command: ['my-agent', '--non-interactive'],
      resume_command: ['my-agent', '--continue'],
    },
    done_when: 'exit',
    timeout: 1_200_000,
  })
})

test('models of an agent CLI are names that it knows, with a variant if it has some', async () => {
  const { agents } = makeWorkspace()
  put(agents, 'agents: [{ name: a, runner: codex, models: [gpt-5, { model: gpt-5-mini, variant: high }] }]')
  expect((await readAgents(agents)).agents).toMatchObject([
    { models: [{ model: 'gpt-5' }, { model: 'gpt-5-mini', variant: 'high' }], done_when: 'tasks' },
  ])
})

test('models are texts or have a variant; fields of other tools are passed over; reading writes nothing', async () => {
  const { agents } = makeWorkspace()
  const text = put(
    agents,
    `agents:
  - name: a
    description: Does things.
    best_for: Things.
    color: red
    models: [acme/large, { model: acme/small, variant: high }]
synthesis_agents: []
parallel: 8
`,
  )
  expect(await readAgents(agents)).toEqual({
    parallel: 8,
    clones: cloneSettings({}),
    agents: [
      {
        name: 'a',
        description: 'Does things.',
        best_for: 'Things.',
        models: [{ model: 'acme/large' }, { model: 'acme/small', variant: 'high' }],
        runner: 'opencode',
        done_when: 'tasks',
        options: {},
      },
    ],
  })
  expect(get(agents)).toBe(text)
})

test.each([
  ['90', 90_000],
  ['90s', 90_000],
  ['20m', 1_200_000],
  ['1.5h', 5_400_000],
])('a timeout of %s is %i ms', async (timeout, milliseconds) => {
  const { agents } = await read(`agents: [{ name: a, models: [x/y], timeout: ${timeout} }]`)
  expect(agents[0]?.timeout).toBe(milliseconds)
})

const model = '"provider/model" or { model: provider/model, variant: … }'
test.each([
  ['', '1: found null, expected an object.'],
  ['agents: none', '1: agents: found "none", expected a list of agents.'],
  ['agents: []', '1: agents: found an empty list, expected at least one agent.'],
  ['agents:\n  - models: [x/y]', '2: agents[0].name: found nothing, expected text.'],
  [
    'agents:\n  - name: a',
    `2: agents[0] (a).models: found nothing, expected a list of ${model}, because it runs on opencode.`,
  ],
  [
    'agents:\n  - name: a\n    models: x/y',
    `3: agents[0] (a).models: found "x/y", expected a list of ${model}.`,
  ],
  [
    'agents:\n  - name: a\n    models:\n      - x/y\n      - y',
    `5: agents[0] (a).models[1]: found "y", expected ${model}.`,
  ],
  [
    'agents:\n  - name: a\n    models: [x/y]\n  - name: a\n    models: [x/y]',
    '4: agents[1] (a).name: another agent above has this name, expected unique names.',
  ],
  [
    'agents:\n  - name: a\n    runner: telegraph',
    '3: agents[0] (a).runner: found "telegraph", expected one of opencode, claude, codex, gemini, command.',
  ],
  [
    'agents:\n  - name: a\n    runner: command',
    '2: agents[0] (a).command: found nothing, expected a list of a program and its arguments, e.g. [my-agent, --fast], because it runs on command.',
  ],
  [
    'agents:\n  - name: a\n    runner: command\n    command: my-agent',
    '4: agents[0] (a).command: found "my-agent", expected a list of a program and its arguments, e.g. [my-agent, --fast].',
  ],
  [
    'agents:\n  - name: a\n    models: [x/y]\n    command: [z]',
    '4: agents[0] (a).command: is for "runner: command", found runner opencode.',
  ],
  [
    'agents:\n  - name: a\n    models: [x/y]\n    timeout: soon',
    '4: agents[0] (a).timeout: found "soon", expected a number of seconds, or a text like 90s, 20m, 2h.',
  ],
  [
    'agents: [{ name: a, models: [x/y] }]\nparallel: 0',
    '2: parallel: found 0, expected a number of at least 1.',
  ],
  ['agents:\n  - ' + '['.repeat(30_000), '2: more than 100 nested lists and maps.'],
  ['agents:\n\n' + '- '.repeat(30_000), '3: more than 100 nested lists and maps.'],
  ['? '.repeat(30_000), '1: more than 100 nested lists and maps.'],
  ['['.repeat(60) + '\n' + '{'.repeat(60), '2: more than 100 nested lists and maps.'],
  [
    Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    '101: more than 100 nested lists and maps.',
  ],
  ['agents:\n  - name: a\n   models: [x/y]', '3: invalid YAML: Sequence item without - indicator.'],
])('%j is refused with its line', async (text, message) => {
  expect(await thrownBy(() => read(text))).toMatchObject({
    code: 'agents-invalid',
    message: `work/agents.yaml:${message}`,
  })
})

test('a missing agents.yaml is an error that suggests work init', async () => {
  expect(await thrownBy(() => readAgents(makeWorkspace().agents))).toMatchObject({
    code: 'agents-missing',
    hint: 'work init',
  })
})

test('unknown fields are listed with their lines, and with the field that a misspelled one may mean', async () => {
  const { agents } = makeWorkspace()
  put(
    agents,
    `agents:
  - name: a
    models: [{ model: x/y, varient: high }]
    timout: 2h
    doneWhen: exit
    color: red
paralel: 8
synthesis_agents: []
`,
  )
  expect((await findUnknownFields(agents)).map(({ line, name, meant }) => [line, name, meant])).toEqual([
    [7, 'paralel', 'parallel'],
    [8, 'synthesis_agents', undefined],
    [4, 'agents[0] (a).timout', 'timeout'],
    [5, 'agents[0] (a).doneWhen', 'done_when'],
    [6, 'agents[0] (a).color', undefined],
    [3, 'agents[0] (a).models[0].varient', 'variant'],
  ])
  expect(await findModelLine(agents, 'a', 'x/y')).toBe(3)
  expect(await findModelLine(agents, 'a', 'x/z')).toBeUndefined()
})

test.each([
  ['agents:\n  - name: a\n    modles: [x/y]', 'Did you mean "models" instead of "modles" in line 3?'],
  ['agent:\n  - name: a', 'Did you mean "agents" instead of "agent" in line 1?'],
  [
    'agents:\n  - name: a\n    runner: command\n    comand: [x]',
    'Did you mean "command" instead of "comand" in line 4?',
  ],
  [
    'agents:\n  - name: a\n    models: [x/y]\n  - nmae: b\n    color: red',
    'Did you mean "name" instead of "nmae" in line 4?',
  ],
  [
    'agents:\n  - name: a\n  - name: b\n    modle: x',
    'Correct it in work/agents.yaml; work schema agents describes every field.',
  ],
])('the hint of %j names the misspelled field, where one can be the cause', async (text, hint) => {
  expect(await thrownBy(() => read(text))).toMatchObject({ code: 'agents-invalid', hint })
})

test('settings of clones are read in their units, and links say what they share', async () => {
  const one = 'agents: [{ name: a, models: [a/b] }]\n'
  const { clones } = await read(
    `${one}isolation: clone\nsetup: [[npm, ci]]\nverify: []\nverify_timeout: 90s\nlink: [data, { path: node_modules, shared: true }]`,
  )
  expect(clones).toEqual({
    isolation: 'clone',
    setup: [['npm', 'ci']],
    copy: [],
    link: ['data', 'node_modules'],
    verify: [],
    verifyTimeout: 90_000,
    merge: 'commit',
    land: 'ask',
    push: false,
  })
})

test.each([
  ['setup: [npm ci]', 'a program and its arguments as a list, since there is no shell: - [npm, test]'],
  ['verify: npm test', 'a list of commands, each a list of words: [[npm, test]]'],
  ['link: [node_modules]', 'node_modules'],
  ['isolation: worktree', 'isolation'],
])('%s is refused with what is expected', async (line, words) => {
  const error = await thrownBy(() => read(`agents: [{ name: a, models: [a/b] }]\n${line}`))
  expect(error).toMatchObject({ code: 'agents-invalid', message: expect.stringContaining(words) })
})

test('a misspelled setting of clones is named with the one that was meant', async () => {
  const { agents } = makeWorkspace()
  put(agents, 'agents: [{ name: a, models: [a/b] }]\nisolaton: clone')
  expect(await findUnknownFields(agents)).toMatchObject([{ name: 'isolaton', meant: 'isolation' }])
})
