import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { help } from '../../src/threads/what-helps.ts'
import { expect, test } from 'vitest'
import { commandsPage } from '../../.config/commands-page.ts'
import { reasons } from '../../machines/statuses.ts'
import { groups } from '../../src/cli/commands/index.ts'
import { hintText } from '../../src/text/hint.ts'

test('docs/commands.md is as `npm run docs:commands` writes it', async () => {
  const path = fileURLToPath(new URL('../../docs/commands.md', import.meta.url))
  const page = await commandsPage(path, readFileSync(path, 'utf8'))
  await expect(page).toMatchFileSnapshot(path)
})

test('what is written by hand below a command stays there, and new commands get their place', async () => {
  const page = await commandsPage('docs/commands.md', '# Commands\n\n### work status\n\nBy a person.\n')
  expect(page).toMatch(/### work status\n(?:(?!###).)*<!-- by hand -->\n\nBy a person\.\n\n### work /s)
  const names = Object.values(groups).flatMap((entries) => Object.keys(entries))
  expect(page.match(/(?<=^### work ).*/gm)).toEqual(names)
})

test('words about a command that is gone are not lost in silence', async () => {
  await expect(commandsPage('docs/commands.md', '### work nonsense\n\nWords.\n')).rejects.toThrow(
    '"### work nonsense", which is not a command',
  )
})

test('docs/agents.md describes every reason', () => {
  const agents = readFileSync(new URL('../../docs/agents.md', import.meta.url), 'utf8')
  expect(reasons.filter((word) => !agents.includes(`\`${word}\``))).toEqual([])
})

test('docs/agents.md says what helps with each reason, as work fix does', () => {
  const agents = readFileSync(new URL('../../docs/agents.md', import.meta.url), 'utf8')
  const rows = [...agents.matchAll(/^\| `([\w-]+)` +\|.*\| (.*?) +\|$/gm)]
  const documented = rows.flatMap(([, reason = '', text]) =>
    Object.hasOwn(help, reason) ? [[reason, text]] : [],
  )
  const texts = Object.entries(help).map(([reason, hint]) => [reason, hintText(hint)])
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(texts))
  expect(reasons.filter((reason) => !Object.hasOwn(help, reason))).toEqual([])
})
