import { findUnknownFields, readAgents, type AgentsFile } from '../agents/agents-file.ts'
import type { Workspace } from '../paths.ts'
import { checked, objection, problem, type Check } from './check.ts'
import { checkAgents } from './check-agents.ts'
import { checkDisk, type Disk } from './check-disk.ts'
import { checkTracking } from './check-git.ts'
import { checkIsolation } from './check-isolation.ts'
import { checkLeftovers } from './check-leftovers.ts'
import { checkLocks, checkOwners } from './check-locks.ts'
import { checkGit, checkNode, checkTmux } from './check-programs.ts'
import { checkOwnership } from './check-ownership.ts'
import { checkSessions } from './check-sessions.ts'
import { checkStreams } from './check-streams.ts'
import { loadRunners, type Runners } from '../runners/registry.ts'
import { agentEnvironment, inheritedEnvironment } from '../process/env.ts'
import type { RunnerOptions } from '../runners/runner.ts'
import { work } from '../text/hint.ts'

export interface CheckupOptions extends RunnerOptions {
  /** `v22.1.0` */
  nodeVersion: string
  readDisk: (folder: string) => Disk
}

export interface Checkup {
  checks: Check[]
  /** What runners add to `--json`, such as the state of a server. */
  facts: Record<string, unknown>
}

/** Checks everything that `work` needs in a repository, and what it left there. Changes nothing. */
export async function checkUp(options: CheckupOptions): Promise<Checkup> {
  const { workspace, now, helpers } = options
  const env = agentEnvironment(options.env, workspace)
  const runners = await loadRunners()
  const agents = await readAgentsOr(workspace, runners)
  const names = 'file' in agents ? agents.file.agents.map(({ runner }) => runner) : []
  const programs = await checkTools(options, env)
  const parts = await Promise.all(
    [...runners.values()].map(async (runner) => {
      const isNeeded = names.includes(runner.name)
      const checks = await runner.checks()
      const program = await checks.program?.({ env, helpers }, isNeeded)
      const isUsed = isNeeded && program?.state !== 'problem'
      const found = await checks.repository({ workspace, helpers, env, now, isUsed })
      return {
        name: runner.name,
        program: program === undefined ? [] : [program],
        markOf: checks.serverMark,
        found,
      }
    }),
  )
  const all = (kind: 'server' | 'leftovers' | 'models') => parts.flatMap(({ found }) => found[kind])
  const read = checkStreams(workspace, now)
  const { checks: streamChecks, streams } = read
  const marks = () => parts.flatMap(({ markOf }) => markOf?.(workspace) ?? [])
  const checks = [
    programs,
    parts.flatMap(({ program }) => program),
    all('server'),
    await checked('disk', () => checkDisk(workspace.work, options.readDisk)),
    await checked('work/.run', () => checkOwnership(workspace)),
    await checked('leftovers', () => checkLeftovers(workspace)),
    all('leftovers'),
    streamChecks,
    await checked('in git', () => checkTracking(workspace, streams, env)),
    await checked('isolation', () =>
      checkIsolation({
        workspace,
        streams,
        isComplete: read.isComplete,
        agents: 'file' in agents ? agents.file : undefined,
        env,
        readDisk: options.readDisk,
      }),
    ),
    await checked('locks', () => checkLocks(workspace)),
    await checked('runs', () => checkOwners(read)),
    await checked('sessions', () => checkSessions(workspace, read, { now, helpers, marks: marks() })),
    all('models'),
    'file' in agents
      ? await checked('agents', async () =>
          checkAgents(agents.file, streams, {
            checkAgent: (agent) =>
              parts.find(({ name }) => name === agent.runner)?.found.agent(agent) ??
              problem(`agent ${agent.name}`, `runner "${agent.runner}" is unknown`, work('edit', '--agents')),
            unknownFields: await findUnknownFields(workspace.agents),
          }),
        )
      : [agents.check],
  ]
  return { checks: checks.flat(), facts: Object.assign({}, ...parts.map(({ found }) => found.facts ?? {})) }
}

/** The checks that work without a repository, and why none was found. */
export async function checkUpOutside(options: Tools, why: unknown): Promise<Checkup> {
  const env = inheritedEnvironment(options.env)
  const runners = await loadRunners()
  const programs = await Promise.all(
    [...runners.values()].map(async (runner) => {
      const { program } = await runner.checks()
      return (await program?.({ env, helpers: options.helpers }, false)) ?? []
    }),
  )
  return {
    checks: [
      ...(await checkTools(options, env)),
      ...programs.flat(),
      objection('repository', 'problem', why),
    ],
    facts: { server: { type: 'none' } },
  }
}

type Tools = Pick<CheckupOptions, 'nodeVersion' | 'helpers' | 'env'>

async function checkTools({ nodeVersion }: Tools, env: Record<string, string>): Promise<Check[]> {
  return await checked('programs', async () => [
    checkNode(nodeVersion),
    ...(await Promise.all([checkGit(env), checkTmux(env)])),
  ])
}

async function readAgentsOr(
  workspace: Workspace,
  runners: Runners,
): Promise<{ file: AgentsFile } | { check: Check }> {
  try {
    return { file: await readAgents(workspace.agents, runners) }
  } catch (error) {
    return { check: objection('agents.yaml', 'problem', error) }
  }
}
