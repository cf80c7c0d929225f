import { randomUUID } from 'node:crypto'
import { streamPaths, workspaceAt } from '../../paths.ts'
import { findOnPath } from '../../process/executable.ts'
import type { SeenSession } from '../../process/membership.ts'
import type { RunnerAgent } from '../agent.ts'
import { recordedRunner } from '../recorded/definition.ts'
import type { RecordedProgram } from '../recorded/program.ts'
import { retryInstead } from '../resume.ts'
import type { RunnerDefinition, RunnerSession } from '../runner.ts'
import { logBase } from '../session-paths.ts'
import { homeOf, idOf, modelOf, type AgentCli, type CliHome, type CliStart } from './cli.ts'
import { cliFields, readOptions } from './options.ts'
import { eventReading } from './reading.ts'

/** The runner for an agent CLI: a program under the recorder whose events say how it went. */
export function cliRunner(cli: AgentCli): RunnerDefinition {
  return {
    ...recordedRunner(cliProgram(cli)),
    screen: {
      title: `${cli.title}'s own screen`,
      atRestOnly: true,
      open: async (options) => (await import('./screen.ts')).openCliScreen(cli, options),
    },
    isInstalled: (env) => findOnPath(cli.program, env) !== undefined,
  }
}

function cliProgram(cli: AgentCli): RecordedProgram {
  return {
    name: cli.name,
    fields: cliFields(cli.hasVariants),
    doneWhen: 'tasks',
    endsStrays: true,
    reportsId: cli.ownIdStart !== undefined,
    newIds: () => ({ sessionId: randomUUID() }),
    commandOf: (agent, mode) => shownCommand(cli, agent, mode),
    launch: (session) => {
      const start = startOf(cli, session)
      cli.prepare?.(start)
      const own = session.record.mode === 'resume' ? undefined : cli.ownIdStart?.(start)
      return {
        command: [cli.program, ...cli.argumentsOf(start)],
        instead: own && { command: [cli.program, ...own.arguments], when: own.when },
        env: { ...cli.environment(start), ...session.env() },
      }
    },
    refusalToResume: (_, record, { root, env }) => refusalOf(cli, { root, record }, env),
    askToResume: (session, env) => Promise.resolve(refusalOf(cli, session, env)),
    ...eventReading(cli),
    checks: async () => (await import('./checks.ts')).cliChecks(cli),
  }
}

/** Why a session can't be resumed: the CLI has no file of it. */
function refusalOf(cli: AgentCli, session: SeenSession, env: CliHome['env']): string | null {
  const sessionId = idOf(session.record)
  if (cli.transcriptOf(sessionId, homeOf(session, env)) !== undefined) return null
  return `${cli.title} has no session ${sessionId}. ${retryInstead}`
}

function startOf(cli: AgentCli, session: RunnerSession): CliStart {
  const { record, agent } = session
  const home = homeOf(session, session.env())
  return {
    ...home,
    sessionId: idOf(record),
    // Started once more after it was killed: its file says whether it knows the session by then.
    isKnown: record.mode === 'resume' || cli.transcriptOf(idOf(record), home) !== undefined,
    begunAt: record.startedAt,
    model: modelOf(record),
    variant: record.variant,
    options: readOptions(agent),
    records: recordsOf(session, home),
    writes: session.writes,
    base: logBase(session),
  }
}

/** Where an agent in a clone writes by `work update`. Not all of `work/`: the clones of others are there too. */
function recordsOf({ record, root }: RunnerSession, { env }: CliHome): string[] {
  const stream = env['WORK_STREAM']
  if (record.branch === undefined || stream === undefined) return []
  const workspace = workspaceAt(root)
  return [workspace.run, streamPaths(workspace, stream).folder]
}

/** The command line for users: with the ids and paths of a session named. */
function shownCommand(cli: AgentCli, agent: RunnerAgent, mode: 'fresh' | 'resume'): string[] {
  const start: CliStart = {
    env: {},
    cwd: '.',
    sessionId: '<session>',
    isKnown: mode === 'resume',
    begunAt: '',
    model: '',
    variant: undefined,
    options: readOptions(agent),
    records: [],
    writes: undefined,
    base: '<log>',
  }
  return [cli.program, ...cli.argumentsOf(start)]
}
