import type { RunnerModels } from '../runner.ts'
import { runListModels } from './list-models.ts'
import { findOpencode } from './server/executable.ts'
import { advice, shell, work } from '../../text/hint.ts'

export const opencodeModels: RunnerModels = {
  list: ({ root, env, helpers, timeout }) =>
    runListModels(findOpencode(env, helpers.keeper), root, env, timeout),
  // Its server reads the providers only when it starts.
  hint: advice`${shell('opencode', 'models')} lists all, ${work('edit', '--agents')} corrects it. If you have just set it up: ${work('doctor', '--stop-server')}`,
  whenNone: 'No provider is set up: opencode auth login.',
}
