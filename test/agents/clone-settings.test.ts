import { describe, expect, test } from 'vitest'
import { findUnknownFields, readAgents } from '../../src/agents/agents-file.ts'
import { cloneSettings } from '../../src/agents/clone-settings.ts'
import { makeWorkspace, put, thrownBy } from '../builders/workspace.ts'

const agent = 'agents: [{ name: a, models: [x/y] }]\n'

async function read(text: string) {
  const { agents } = makeWorkspace()
  put(agents, agent + text)
  return (await readAgents(agents)).clones
}

test('without settings threads are not isolated, nothing is verified, and agents may not push', async () => {
  expect(await read('')).toEqual({
    isolation: 'none',
    setup: [],
    copy: [],
    link: [],
    verify: [],
    verifyTimeout: 1_200_000,
    merge: 'commit',
    land: 'ask',
    push: false,
  })
  expect(cloneSettings({})).toEqual(await read(''))
})

test('all settings about clones are read, and a linked path that is shared becomes a path', async () => {
  const settings = await read(`isolation: clone
setup:
  - [npm, ci, --prefer-offline]
  - [make, generate]
copy: [.env, "/config/*.local", "!.env.example", "**/secrets/"]
link: [.cache, { path: node_modules, shared: true }]
verify: [[npm, test]]
verify_timeout: 90s
merge: squash
land: stage
push: true
`)
  expect(settings).toEqual({
    isolation: 'clone',
    setup: [
      ['npm', 'ci', '--prefer-offline'],
      ['make', 'generate'],
    ],
    copy: ['.env', '/config/*.local', '!.env.example', '**/secrets/'],
    link: ['.cache', 'node_modules'],
    verify: [['npm', 'test']],
    verifyTimeout: 90_000,
    merge: 'squash',
    land: 'stage',
    push: true,
  })
})

const shared =
  'another path: `npm ci` in a clone would empty node_modules of the main tree. To share it anyway, write { path: node_modules, shared: true }'
const inside = 'a path in the repository, outside of work/'
const pattern = 'a pattern for files in the repository, as in .gitignore'

describe('a wrong setting is refused with its line', () => {
  test.each([
    ['isolation: worktree', 'isolation: found "worktree", expected one of clone, none'],
    ['isolation: true', 'isolation: found true, expected one of clone, none'],
    [
      'setup: npm ci',
      'setup: found "npm ci", expected a list of commands, each a list of words: [[npm, test]]',
    ],
    [
      'setup: [npm, ci]',
      'setup[0]: found "npm", expected a program and its arguments as a list, since there is no shell: - [npm, test]',
    ],
    ['setup: [[]]', 'setup[0]: found an empty list, expected a program and its arguments, as in [npm, test]'],
    ['verify: [[npm, 1]]', 'verify[0][1]: found 1, expected text'],
    [
      'verify: { run: npm }',
      'verify: found an object, expected a list of commands, each a list of words: [[npm, test]]',
    ],
    ['copy: .env', 'copy: found ".env", expected a list of patterns'],
    ['copy: [{ path: .env }]', 'copy[0]: found an object, expected a pattern, as in .gitignore'],
    ['copy: [../.env]', `copy[0]: found "../.env", expected ${pattern}`],
    ['copy: [""]', `copy[0]: found "", expected ${pattern}`],
    ['copy: [a/../../.env]', `copy[0]: found "a/../../.env", expected ${pattern}`],
    ['copy: [.git/config]', `copy[0]: found ".git/config", expected ${pattern}`],
    ['link: .cache', 'link: found ".cache", expected a list of paths'],
    ['link: [7]', 'link[0]: found 7, expected a path, or { path: node_modules, shared: true }'],
    ['link: [../cache]', `link[0]: found "../cache", expected ${inside}`],
    ['link: [/var/cache]', `link[0]: found "/var/cache", expected ${inside}`],
    ['link: ["."]', `link[0]: found ".", expected ${inside}`],
    ['link: [work/001-x]', `link[0]: found "work/001-x", expected ${inside}`],
    ['link: [{ path: ../node_modules, shared: true }]', `link[0]: found an object, expected ${inside}`],
    ['link: [node_modules]', `link[0]: found "node_modules", expected ${shared}`],
    ['link: [packages/a/node_modules/]', `link[0]: found "packages/a/node_modules/", expected ${shared}`],
    [
      'link: [{ path: node_modules, shared: false }]',
      'link[0]: found an object, expected a path, or { path: node_modules, shared: true }',
    ],
    [
      'verify_timeout: soon',
      'verify_timeout: found "soon", expected a number of seconds, or a text like 90s, 20m, 2h',
    ],
    ['merge: rebase', 'merge: found "rebase", expected one of commit, squash'],
    ['land: auto', 'land: found "auto", expected one of ask, stage'],
    ['push: "yes"', 'push: found "yes", expected true or false'],
  ])('%s', async (text, message) => {
    expect(await thrownBy(() => read(text))).toMatchObject({
      code: 'agents-invalid',
      message: `work/agents.yaml:2: ${message}.`,
    })
  })

  test('the line of an entry of a list is that of the entry', async () => {
    expect(await thrownBy(() => read('link:\n  - .cache\n  - node_modules\n'))).toMatchObject({
      message: `work/agents.yaml:4: link[1]: found "node_modules", expected ${shared}.`,
    })
  })
})

test.each([
  ['isolaton: clone', 'isolation'],
  ['set_up: [[npm, ci]]', 'setup'],
  ['verifyTimeout: 20m', 'verify_timeout'],
  ['verfy: [[npm, test]]', 'verify'],
])('the misspelled field in "%s" is listed with the one that is meant', async (text, meant) => {
  const { agents } = makeWorkspace()
  put(agents, agent + text)
  expect(await findUnknownFields(agents)).toMatchObject([{ line: 2, meant }])
})
