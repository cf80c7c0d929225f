import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { agentsPage } from '../../.config/agent-fields.ts'
import { loadRunners } from '../../src/runners/registry.ts'

const path = fileURLToPath(new URL('../../docs/agents.md', import.meta.url))

test('the table of fields in docs/agents.md is as `npm run docs:fields` writes it', async () => {
  const page = await agentsPage(path, readFileSync(path, 'utf8'), await loadRunners())
  await expect(page).toMatchFileSnapshot(path)
})

test('a page without a place for the table of fields is not changed in silence', async () => {
  await expect(agentsPage(path, '# Agents\n', await loadRunners())).rejects.toThrow('has no place between')
})
