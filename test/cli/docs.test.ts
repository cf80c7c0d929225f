import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { reasons } from '../../machines/statuses.ts'
import { groups } from '../../src/cli/commands/groups.ts'
import { AgentEntry } from '../../src/store/agents-schema.ts'

const docs = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8')

test('docs/commands.md names every command', () => {
  const names = Object.values(groups).flatMap((entries) => Object.keys(entries))
  expect(names.length).toBeGreaterThan(15)
  for (const name of names) expect(docs).toContain(`\`work ${name}`)
})

test('docs/agents.md tells every field of agents.yaml and every reason', () => {
  const agents = readFileSync(new URL('../../docs/agents.md', import.meta.url), 'utf8')
  const told = [...Object.keys(AgentEntry.shape), ...reasons.filter((reason) => reason !== 'hung')]
  expect(told.filter((word) => !agents.includes(`\`${word}\``))).toEqual([])
})
