import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, vi } from 'vitest'
import type { SessionRecord } from '../../machines/session.ts'
import { workspaceAt } from '../../src/paths.ts'
import type { AgentCli } from '../../src/runners/agent-cli/cli.ts'
import { cliRunner } from '../../src/runners/agent-cli/runner.ts'
import type { Evidence } from '../../src/runners/evidence.ts'
import type { Runner, RunnerSession } from '../../src/runners/runner.ts'
import type { Script } from '../helpers/model-server.ts'
import { endAll } from '../helpers/processes.ts'
import { makeRoot, never, session, type TestSession } from '../runners/sessions.ts'
import { cliEnv } from './cli-env.ts'
import type { ModelServer, ScriptedModel } from './models/server.ts'

const recorder = fileURLToPath(new URL('../../dist/recorder.js', import.meta.url))

/** The models that sessions ask for. Without one, gemini first asks another model which to take. */
const modelNames: Record<string, string> = { claude: 'opus', codex: 'm1', gemini: 'gemini-2.5-pro' }

/** The variables that name where the programs keep their sessions. */
const stateFolders = ['CLAUDE_CONFIG_DIR', 'CODEX_HOME', 'GEMINI_CLI_HOME'] as const

/** A session of an agent CLI, and the model that it asks. */
export type CliSession = TestSession & { model: ScriptedModel }

export interface CliSessionOptions {
  /** The fields of its agent in agents.yaml. */
  options?: Record<string, unknown>
  /** Over the environment that is made for it. */
  env?: Record<string, string>
  record?: Partial<SessionRecord>
}

/**
 * A session that was not started yet, in a repository of its own. All that it starts and writes goes when the test
 * ends. This process finds the program's files where the session has them, as `work` does.
 */
export function cliSession(
  cli: AgentCli,
  models: ModelServer,
  script: Script,
  { options = {}, env = {}, record }: CliSessionOptions = {},
): CliSession {
  const model = models.add(script)
  const variables = { ...cliEnv(makeRoot(), { url: model.url, origin: models.origin }), ...env }
  for (const name of stateFolders) vi.stubEnv(name, variables[name])
  onTestFinished(() => {
    vi.unstubAllEnvs()
    expect(readdirSync(variables['HOME'] ?? ''), 'files in HOME').toEqual([])
  })
  const one = session({
    command: [],
    env: variables,
    record: { runner: cli.name, sessionId: randomUUID(), model: modelNames[cli.name] ?? '', ...record },
  })
  execFileSync('git', ['init', '-q'], { cwd: one.root, env: variables })
  mkdirSync(dirname(one.files.start), { recursive: true })
  return { ...one, model, agent: { name: 'tester', options } }
}

/** The session that resumes this one, as its next attempt. */
export function resumeOf<Session extends RunnerSession>(
  one: Session,
  record: Partial<SessionRecord> = {},
): Session {
  const attempt = (one.record.attempt ?? 1) + 1
  const token = `${one.record.token}-${attempt}`
  const log = join('work', 'logs', '01.01.01', String(attempt))
  onTestFinished(() => endAll('WORK_TOKEN', token))
  return {
    ...one,
    env: () => ({ ...one.env(), WORK_TOKEN: token }),
    record: { ...one.record, mode: 'resume', attempt, log, token, ...record },
  }
}

/** Opens the runner of an agent CLI as a `work` process does. */
export function openCli(cli: AgentCli): Promise<Runner> {
  return cliRunner(cli).open({
    workspace: workspaceAt('/'),
    helpers: { recorder, keeper: '' },
    env: process.env,
    now: () => new Date(),
    server: undefined,
    // Its programs need more than a second for a good end.
    grace: 2000,
  })
}

/** Starts a session, and waits for its end. */
export async function runToEnd(cli: AgentCli, one: RunnerSession): Promise<Evidence> {
  const runner = await openCli(cli)
  await runner.start(one, never)
  const evidence = await runner.watch(one, never)
  if (evidence === 'overdue') throw new Error('The session has no timekeeper.')
  return evidence
}
