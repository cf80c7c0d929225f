import { readAgents, type AgentsFile } from '../store/agents-file.ts'
import type { Workspace } from '../workspace.ts'
import { objection, type Check } from './check.ts'
import { checkAgents } from './checkup-agents.ts'
import { checkDisk, type Disk } from './checkup-disk.ts'
import { checkTracking } from './checkup-git.ts'
import { checkLeftovers } from './checkup-leftovers.ts'
import { checkLibraries } from './checkup-libraries.ts'
import { checkLocks, checkOwners } from './checkup-locks.ts'
import { checkGit, checkNode, checkOpencode, checkTmux } from './checkup-programs.ts'
import { askModels, checkServer } from './checkup-server.ts'
import { checkSessions } from './checkup-sessions.ts'
import { checkStreams } from './checkup-streams.ts'
import { agentEnvironment, inheritedEnvironment } from './environment.ts'
import type { RunnerOptions } from './runners.ts'
import { lookAtServer, type ServerState } from './server-control.ts'

export interface CheckupOptions extends RunnerOptions {
  /** `v22.1.0` */
  nodeVersion: string
  readDisk: (folder: string) => Disk
}

export interface Checkup {
  checks: Check[]
  server: ServerState
}

/** Looks at all that `work` needs in a repository, and at what it left there. Changes nothing. */
export async function checkUp(options: CheckupOptions): Promise<Checkup> {
  const { workspace, now } = options
  const env = agentEnvironment(options.env, workspace)
  const agents = await readAgentsOr(workspace)
  const needsOpencode = 'file' in agents && agents.file.agents.some(({ runner }) => runner === 'opencode')
  const [programs, server] = await Promise.all([
    checkPrograms(options, env, needsOpencode),
    lookAtServer(options),
  ])
  const { checks: streamChecks, streams } = checkStreams(workspace, now)
  const surroundings = { root: workspace.root, env, models: await askModels(workspace, server) }
  return {
    checks: [
      ...programs,
      checkServer(workspace, server),
      ...checkDisk(workspace.work, options.readDisk),
      ...checkLeftovers(workspace),
      ...checkLibraries(workspace, server, env, now()),
      ...streamChecks,
      ...(await checkTracking(workspace, streams, env)),
      ...(await checkLocks(workspace)),
      ...(await checkOwners(streams)),
      ...(await checkSessions(streams, now)),
      ...('file' in agents ? checkAgents(agents.file, streams, surroundings) : [agents.check]),
    ],
    server,
  }
}

/** What can be told where no repository was found, and why none was. */
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
