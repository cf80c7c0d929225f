import { mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { inject } from 'vitest'

/** What the programs need to know of a model. */
interface ModelAddress {
  url: string
  /** The address of the server itself, which is set as their proxy too: it records whom else they ask. */
  origin: string
}

/**
 * The environment for agent CLIs that keep to `folder`, ask only this model and don't repeat requests that failed. The
 * settings are those that users make in the files of each program.
 */
export function cliEnv(folder: string, { url, origin }: ModelAddress): Record<string, string> {
  const claude = join(folder, 'claude')
  const codex = join(folder, 'codex')
  const gemini = join(folder, 'gemini')
  const home = join(folder, 'home')
  const temporary = join(folder, 'tmp')
  for (const each of [claude, codex, join(gemini, '.gemini'), home, temporary])
    mkdirSync(each, { recursive: true })
  writeFileSync(join(codex, 'config.toml'), codexConfig(url))
  writeFileSync(join(gemini, '.gemini', 'settings.json'), JSON.stringify(geminiSettings))
  return {
    PATH: [inject('agentPrograms'), process.env['PATH'] ?? ''].join(delimiter),
    HOME: home,
    LANG: 'C.UTF-8',
    TMPDIR: temporary,
    HTTP_PROXY: origin,
    HTTPS_PROXY: origin,
    NO_PROXY: '127.0.0.1,localhost',

    CLAUDE_CONFIG_DIR: claude,
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: 'none',
    CLAUDE_CODE_MAX_RETRIES: '0',
    // Otherwise it refuses to work without permissions as root.
    IS_SANDBOX: '1',

    CODEX_HOME: codex,
    SCRIPTED_KEY: 'none',

    GEMINI_CLI_HOME: gemini,
    GOOGLE_GEMINI_BASE_URL: url,
    GEMINI_API_KEY: 'none',
  }
}

function codexConfig(url: string): string {
  return `model_provider = "scripted"

[model_providers.scripted]
name = "scripted"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "SCRIPTED_KEY"
request_max_retries = 0
stream_max_retries = 0

[features]
plugins = false
apps = false
`
}

const geminiSettings = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  general: { enableAutoUpdate: false },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
}
