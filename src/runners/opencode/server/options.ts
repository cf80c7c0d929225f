import { requireInside } from '../../../files/inside.ts'
import { agentEnvironment } from '../../../process/env.ts'
import { withLock } from '../../../store/lock.ts'
import type { RunnerOptions } from '../../runner.ts'
import { serverFiles } from './record.ts'
import type { ServerOptions } from './server.ts'
import { idleLife } from './waits.ts'

/** Options for finding, starting and stopping the server of a repository. */
export function serverOptions({ workspace, helpers, env, server }: RunnerOptions): ServerOptions {
  for (const path of Object.values(serverFiles(workspace.run))) requireInside(workspace.root, path)
  return {
    run: workspace.run,
    root: workspace.root,
    env: agentEnvironment(env, workspace),
    keeper: helpers.keeper,
    withLock: (action) => withLock(workspace.locks.opencode, action),
    external: server,
    idle: idleLife,
  }
}
