import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { reasons } from '../../machines/statuses.ts'
import { AgentEntry } from '../../src/store/agents-schema.ts'
import { makeRepository } from '../helpers/cli.ts'

const docs = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8')

test('docs/commands.md names every command', async () => {
  const { stdout } = await makeRepository().work('--help')
  const names = [...stdout.matchAll(/^ {2}([a-z-]+) \[options\]/gm)].map(([, name]) => name)
  expect(names.length).toBeGreaterThan(15)
  for (const name of names) expect(docs).toContain(`\`work ${name}`)
})

test('work --help and work alone show the same, with a word for each command', async () => {
  const repository = makeRepository()
  const [alone, asked] = await Promise.all([repository.work(), repository.work('--help')])
  expect(alone).toMatchObject({ code: 0, stdout: asked.stdout })
  expect(asked.stdout).toContain('Run the threads of a batch in parallel')
})

test('a misspelt command or flag is an error that names what may be meant', async () => {
  const repository = makeRepository()
  const command = await repository.work('stauts')
  expect(command).toMatchObject({ code: 2, stdout: '' })
  expect(command.stderr).toContain('Did you mean status?')
  const flag = await repository.work('status', '--sesions', '--json')
  expect(flag.code).toBe(2)
  expect(flag.json()).toMatchObject({ error: { code: 'usage', hint: 'Did you mean --sessions?' } })
})

test('docs/agents.md tells every field of agents.yaml and every reason', () => {
  const agents = readFileSync(new URL('../../docs/agents.md', import.meta.url), 'utf8')
  const told = [...Object.keys(AgentEntry.shape), ...reasons.filter((reason) => reason !== 'hung')]
  expect(told.filter((word) => !agents.includes(`\`${word}\``))).toEqual([])
})
