import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ModelServer } from './model-server.ts'

/** The opencode of this project. */
export const opencodeProgram = fileURLToPath(new URL('../../node_modules/.bin/opencode', import.meta.url))

/** What a token costs, in dollars per million, with the model `m1`; `m2` costs nothing. */
const prices = { input: 1, output: 2 } as const

/**
 * The environment for an opencode that keeps to `folder`, knows the models `local/m1` and `local/m2` of `model`, and has
 * it as proxy, which records which other hosts opencode asks. It is made for an empty HOME, which must be set with PATH.
 */
export function opencodeEnv(
  folder: string,
  model: ModelServer,
  config: Record<string, unknown> = {},
): Record<string, string> {
  const temporary = join(folder, 'tmp')
  const models = join(folder, 'models.json')
  mkdirSync(temporary, { recursive: true })
  writeFileSync(models, '{}')
  return {
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    TMPDIR: temporary,
    npm_config_offline: 'true',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_MODELS_PATH: models,
    OPENCODE_CONFIG_CONTENT: JSON.stringify({ ...configFor(model), ...config }),
    HTTP_PROXY: model.origin,
    HTTPS_PROXY: model.origin,
    NO_PROXY: '127.0.0.1,localhost',
  }
}

function configFor(model: ModelServer): Record<string, unknown> {
  return {
    autoupdate: false,
    share: 'disabled',
    snapshot: false,
    model: 'local/m1',
    provider: {
      local: {
        npm: '@ai-sdk/openai-compatible',
        options: { baseURL: model.url, apiKey: 'none' },
        models: {
          m1: { cost: prices, limit: { context: 200_000, output: 8_000 } },
          m2: { variants: { high: { reasoningEffort: 'high' } } },
        },
      },
    },
  }
}
