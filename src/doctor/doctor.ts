import { findUnknownFields, readAgents, type AgentsFile } from '../store/agents/agents-file.ts'
import type { Workspace } from '../paths.ts'
import { checked, objection, type Check } from './check.ts'
import { checkAgents } from './check-agents.ts'
import { checkDisk, type Disk } from './check-disk.ts'
import { checkTracking } from './check-git.ts'
import { checkLeftovers } from './check-leftovers.ts'
import { checkLibraries } from './check-libraries.ts'
import { checkLocks, checkOwners } from './check-locks.ts'
import { checkGit, checkNode, checkOpencode, checkTmux } from './check-programs.ts'
import { findModels } from './check-models.ts'
import { checkServer } from './check-server.ts'
import { checkOwnership } from './check-ownership.ts'
import { checkSessions } from './check-sessions.ts'
import { checkStreams } from './check-streams.ts'
import { agentEnvironment, inheritedEnvironment } from '../engine/session-env.ts'
import type { RunnerOptions } from '../engine/open-runners.ts'
import { lookAtServer, type ServerState } from '../runners/opencode/server/status.ts'

export interface CheckupOptions extends RunnerOptions {
  /** `v22.1.0` */
  nodeVersion: string
  readDisk: (folder: string) => Disk
}

export interface Checkup {
  checks: Check[]
  server: ServerState
}

/** Checks everything that `work` needs in a repository, and what it left there. Changes nothing. */
export async function checkUp(options: CheckupOptions): Promise<Checkup> {
  const { workspace, now } = options
  const env = agentEnvironment(options.env, workspace)
  const agents = await readAgentsOr(workspace)
  const needsOpencode = 'file' in agents && agents.file.agents.some(({ runner }) => runner === 'opencode')
  const [programs, server] = await Promise.all([
    checked('programs', () => checkPrograms(options, env, needsOpencode)),
    lookAtServerOr(options),
  ])
  const found = server.type === 'unknown' ? { type: 'none' as const } : server
  const read = checkStreams(workspace, now)
  const { checks: streamChecks, streams } = read
  const works = !programs.some(({ name, state }) => name === 'opencode' && state === 'problem')
  const models =
    needsOpencode && works
      ? await findModels(workspace, found, env, options.helpers.keeper)
      : { checks: [], known: undefined }
  const surroundings = { root: workspace.root, env, models: models.known }
  const checks = [
    programs,
    server.type === 'unknown'
      ? [server.check]
      : await checked('server', () => [checkServer(workspace, server)]),
    await checked('disk', () => checkDisk(workspace.work, options.readDisk)),
    await checked('work/.run', () => checkOwnership(workspace)),
    await checked('leftovers', () => checkLeftovers(workspace)),
    await checked('libraries', () => checkLibraries(workspace, found, env, now())),
    streamChecks,
    await checked('in git', () => checkTracking(workspace, streams, env)),
    await checked('locks', () => checkLocks(workspace)),
    await checked('runs', () => checkOwners(read)),
    await checked('sessions', () => checkSessions(workspace, read, options)),
    models.checks,
    'file' in agents
      ? await checked('agents', async () =>
          checkAgents(agents.file, streams, {
            ...surroundings,
            unknownFields: await findUnknownFields(workspace.agents),
          }),
        )
      : [agents.check],
  ]
  return { checks: checks.flat(), server: found }
}

async function lookAtServerOr(
  options: CheckupOptions,
): Promise<ServerState | { type: 'unknown'; check: Check }> {
  try {
    return await lookAtServer(options)
  } catch (error) {
    return { type: 'unknown', check: objection('server', 'problem', error) }
  }
}

/** The checks that work without a repository, and why none was found. */
export async function checkUpOutside(options: Tools, why: unknown): Promise<Checkup> {
  const programs = await checkPrograms(options, inheritedEnvironment(options.env), false)
  return { checks: [...programs, objection('repository', 'problem', why)], server: { type: 'none' } }
}

type Tools = Pick<CheckupOptions, 'nodeVersion' | 'helpers' | 'env'>

async function checkPrograms(
  { nodeVersion, helpers }: Tools,
  env: Record<string, string>,
  needsOpencode: boolean,
): Promise<Check[]> {
  const looks = [checkGit(env), checkTmux(env), checkOpencode(helpers.keeper, env, needsOpencode)]
  return [checkNode(nodeVersion), ...(await Promise.all(looks))]
}

async function readAgentsOr(workspace: Workspace): Promise<{ file: AgentsFile } | { check: Check }> {
  try {
    return { file: await readAgents(workspace.agents) }
  } catch (error) {
    return { check: objection('agents.yaml', 'problem', error) }
  }
}
