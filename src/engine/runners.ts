import { join } from 'node:path'
import { commandRunner } from '../agents/command.ts'
import { keepProgram } from '../agents/kept-program.ts'
import { Connection } from '../agents/opencode/connection.ts'
import { opencodeRunner } from '../agents/opencode/runner.ts'
import { openServer, type ServerOptions } from '../agents/opencode/server.ts'
import { serverFiles } from '../agents/opencode/server-record.ts'
import type { Runner } from '../agents/runner.ts'
import { requireInside } from '../inside.ts'
import { withLock } from '../store/lock.ts'
import type { Workspace } from '../workspace.ts'
import { agentEnvironment } from './environment.ts'
import { withLog } from './log-runner.ts'
import type { WorkLog } from './log.ts'

/** The built programs that live beside the main one, as absolute paths. */
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
  /** An opencode server that runs already, to be used instead of an own one: its address. */
  server: string | undefined
  /** Where to write down what runners are asked; nowhere unless told. */
  log?: WorkLog | undefined
}

/** How long a session may take to react to SIGINT, and then to SIGTERM, in milliseconds. */
const grace = 3000
/** How long an opencode server that nobody uses lives, in milliseconds. */
const idle = 10 * 60_000

/** Every runner there is, by the name that agents.yaml uses. Nothing is started before it is needed. */
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

/** How the opencode server of a repository is found, started and ended. */
export function serverOptions({ workspace, helpers, env, server }: RunnerOptions): ServerOptions {
  for (const path of Object.values(serverFiles(workspace.run))) requireInside(workspace.root, path)
  return {
    run: workspace.run,
    root: workspace.root,
    env: agentEnvironment(env, workspace),
    keeper: helpers.keeper,
    withLock: (action) => withLock(join(workspace.run, 'locks', 'opencode'), action),
    external: server,
    idle,
  }
}
