import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bin, look, workspace } from './checkup.ts'

/** Makes agents.yaml with one agent on a runner. */
function useAgent(agent: Record<string, unknown>): void {
  workspace.write('work/agents.yaml', JSON.stringify({ agents: [{ name: 'default', ...agent }] }))
}

/** A program on PATH that answers `--version`. */
function install(program: string, version: string): void {
  workspace.write(`bin/${program}`, `#!/bin/sh\necho '${version}'\n`)
  chmodSync(join(bin, program), 0o755)
}

const env = () => ({ PATH: `${bin}:/usr/bin:/bin`, HOME: workspace.home })

test.each([
  ['claude', 'Claude Code'],
  ['codex', 'Codex'],
  ['gemini', 'Gemini CLI'],
])('%s is checked only if an agent runs on it', async (program, title) => {
  expect([...(await look({ env: env() })).keys()]).not.toContain(program)
  useAgent({ runner: program })
  const found = await look({ env: env() })
  expect(found.get(program)).toBe(
    `problem: ${title} is not installed: no program "${program}" on PATH → Install ${title}, or use another runner in work/agents.yaml.`,
  )
  expect(found.get('agent default')).toBe(`ok: ${title}: its own model`)
})

test('an agent CLI without a login is warned of, and a key in the environment is one', async () => {
  install('claude', '2.1.332 (Claude Code)')
  useAgent({ runner: 'claude', models: ['opus', 'sonnet'] })
  const found = await look({ env: env() })
  expect(found.get('claude')).toBe('ok: 2.1.332 (Claude Code); tried with 2.1.332')
  expect(found.get('agent default')).toMatch(/^warning: Claude Code: no login found → /)
  const withKey = await look({ env: { ...env(), ANTHROPIC_API_KEY: 'x' } })
  expect(withKey.get('agent default')).toBe('ok: Claude Code: opus, sonnet; login: ANTHROPIC_API_KEY')
})

test('a codex agent with a provider of its own needs no login of codex', async () => {
  install('codex', 'codex-cli 0.169.0')
  useAgent({ runner: 'codex' })
  expect((await look({ env: env() })).get('agent default')).toBe(
    'warning: Codex: no login found → codex login',
  )
  const ok = 'ok: Codex: its own model; login: that of local'
  useAgent({ runner: 'codex', args: ['-c', 'model_provider=local'] })
  expect((await look({ env: env() })).get('agent default')).toBe(ok)
  useAgent({ runner: 'codex' })
  workspace.write('codex/config.toml', 'model = "m"\nmodel_provider = "local"\n')
  const CODEX_HOME = join(workspace.root, 'codex')
  expect((await look({ env: { ...env(), CODEX_HOME } })).get('agent default')).toBe(ok)
  workspace.write('codex/config.toml', 'model = "m"\n[profiles.p]\nmodel_provider = "local"\n')
  expect((await look({ env: { ...env(), CODEX_HOME } })).get('agent default')).toMatch(/^warning: /)
})

test('a codex agent that can not report its tasks is warned of', async () => {
  install('codex', 'codex-cli 0.169.0')
  const agent = { runner: 'codex', permissions: 'read' }
  const withKey = { env: { ...env(), CODEX_API_KEY: 'x' } }
  useAgent(agent)
  expect((await look(withKey)).get('agent default')).toMatch(
    /^warning: Codex can't report its tasks with "permissions: read" → Set done_when: exit/,
  )
  useAgent({ ...agent, done_when: 'exit' })
  expect((await look(withKey)).get('agent default')).toMatch(/^ok: /)
})
