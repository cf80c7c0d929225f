import { commandRunner } from '../runners/command/runner.ts'
import { keepProgram } from '../process/kept-program.ts'
import { Connection } from '../runners/opencode/connection.ts'
import { opencodeRunner } from '../runners/opencode/runner.ts'
import { openServer, type ServerOptions } from '../runners/opencode/server/server.ts'
import { serverFiles } from '../runners/opencode/server/record.ts'
import type { Runner } from '../runners/runner.ts'
import { requireInside } from '../files/inside.ts'
import { withLock } from '../store/lock.ts'
import type { Workspace } from '../paths.ts'
import { agentEnvironment } from './session-env.ts'
import { withLog } from '../runners/with-log.ts'
import type { WorkLog } from '../log/log.ts'

/** The built programs next to the main one, as absolute paths. */
export interface Helpers {
  recorder: string
  keeper: string
}

export interface RunnerOptions {
  workspace: Workspace
  helpers: Helpers
  /** The environment of this process. */
  env: NodeJS.ProcessEnv
  now: () => Date
  /** The address of a running opencode server to use instead of an own one. */
  server: string | undefined
  /** The log of calls to runners. Default: none. */
  log?: WorkLog | undefined
}

/** Time for a session to react to SIGINT, and then to SIGTERM, in milliseconds. */
const grace = 3000
/** How long an unused opencode server keeps running, in milliseconds. */
const idle = 10 * 60_000

/** All runners, by their names in agents.yaml. Nothing is started before it is needed. */
export function openRunners(options: RunnerOptions): Map<string, Runner> {
  const { helpers, workspace, now } = options
  const { root } = workspace
  for (const program of Object.values(helpers)) keepProgram(program)
  const connect = (server: string | undefined, folder: string) =>
    new Connection(() => openServer(serverOptions({ ...options, server })), folder)
  const runners = [
    commandRunner({ recorder: helpers.recorder, root, grace }),
    opencodeRunner({ connect, server: options.server, root, now }),
  ]
  return new Map(
    runners.map((runner) => [runner.name, options.log === undefined ? runner : withLog(runner, options.log)]),
  )
}

/** Options for finding, starting and stopping the opencode server of a repository. */
export function serverOptions({ workspace, helpers, env, server }: RunnerOptions): ServerOptions {
  for (const path of Object.values(serverFiles(workspace.run))) requireInside(workspace.root, path)
  return {
    run: workspace.run,
    root: workspace.root,
    env: agentEnvironment(env, workspace),
    keeper: helpers.keeper,
    withLock: (action) => withLock(workspace.locks.opencode, action),
    external: server,
    idle,
  }
}
