import { delimiter, join, resolve } from 'node:path'
import { isProgram } from '../agents/executable.ts'
import { findOpencode } from '../agents/opencode/server-program.ts'
import { runProgram } from '../agents/process.ts'
import { WorkError } from '../errors.ts'
import { readAgents, type Agent } from '../store/agents-file.ts'
import type { Workspace } from '../workspace.ts'
import { agentEnvironment } from './environment.ts'
import type { RunnerOptions } from './runners.ts'
import { lookAtServer, type ServerState } from './server-control.ts'

/** One thing that was looked at. */
export interface Check {
  /** What it is about: `git`, `opencode`, `agent default`, … */
  name: string
  /** A `problem` keeps work from being done; a `warning` keeps a part of it. */
  state: 'ok' | 'warning' | 'problem'
  /** What was found. */
  text: string
  /** What to do about it. */
  hint: string | null
}

export interface Checkup {
  checks: Check[]
  server: ServerState
}

/** How long a program may take to tell its version, in milliseconds. */
const patience = 15_000

/** Looks at all that `work` needs in a repository. Changes nothing. */
export async function checkUp(options: RunnerOptions): Promise<Checkup> {
  const { workspace } = options
  const env = agentEnvironment(options.env, workspace)
  const agents = await checkAgents(workspace, env)
  const [git, tmux, opencode, server] = await Promise.all([
    checkTool('git', ['--version'], env, 'agents need it to show and keep their work. Install git.'),
    checkTool('tmux', ['-V'], env, 'work multi --tmux needs it; nothing else does.'),
    checkOpencode(options.helpers.keeper, env, agents.needOpencode),
    lookAtServer(options),
  ])
  return { checks: [git, tmux, opencode, checkServer(server), ...agents.checks], server }
}

async function checkTool(
  name: string,
  args: string[],
  env: Record<string, string>,
  need: string,
): Promise<Check> {
  const { exitCode, stdout } = await runProgram(name, args, { env, timeout: patience })
  if (exitCode === 0) return ok(name, firstLine(stdout))
  return { name, state: 'warning', text: 'not found on PATH, or it does not run', hint: need }
}

async function checkOpencode(keeper: string, env: Record<string, string>, isNeeded: boolean): Promise<Check> {
  const state = isNeeded ? 'problem' : 'warning'
  try {
    const program = findOpencode(env, keeper)
    const { exitCode, stdout, stderr, failure } = await runProgram(program, ['--version'], {
      env,
      timeout: patience,
    })
    if (exitCode === 0) return ok('opencode', `${firstLine(stdout)} (${program})`)
    const why = firstLine(stderr) || (failure ?? `exit code ${exitCode}`)
    const hint = 'npm install --global opencode-ai'
    return { name: 'opencode', state, text: `${program} does not run: ${why}`, hint }
  } catch (error) {
    return objection('opencode', state, error)
  }
}

function checkServer(server: ServerState): Check {
  const name = 'server'
  switch (server.type) {
    case 'none':
      return ok(name, 'none runs; one is started when an agent needs it')
    case 'starting':
      return ok(name, 'is being started')
    case 'running': {
      const { pid, port, version, since, busy } = server
      const place = `process ${pid}, port ${port}, opencode ${version}, since ${since}`
      if (busy !== null) return ok(name, `${place}, ${busy} session(s) at work`)
      const hint = 'It may have much to do. If it stays so: work doctor --stop-server --force'
      return { name, state: 'warning', text: `${place}, does not answer`, hint }
    }
  }
}

interface AgentChecks {
  checks: Check[]
  needOpencode: boolean
}

async function checkAgents(workspace: Workspace, env: Record<string, string>): Promise<AgentChecks> {
  try {
    const { agents } = await readAgents(workspace.agents)
    return {
      checks: [
        ok('agents.yaml', `${agents.length} agent(s)`),
        ...agents.map((agent) => checkAgent(agent, workspace, env)),
      ],
      needOpencode: agents.some(({ runner }) => runner === 'opencode'),
    }
  } catch (error) {
    return { checks: [objection('agents.yaml', 'problem', error)], needOpencode: false }
  }
}

function checkAgent(agent: Agent, { root }: Workspace, env: Record<string, string>): Check {
  const name = `agent ${agent.name}`
  if (agent.runner === 'opencode')
    return ok(name, `opencode: ${agent.models.map(({ model }) => model).join(', ')}`)
  const programs = [agent.command?.[0], agent.resume_command?.[0]].flatMap((program) => program ?? [])
  const missing = programs.find((program) => findProgram(program, root, env) === undefined)
  if (missing === undefined) return ok(name, `command: ${programs[0] ?? ''}`)
  const where = missing.includes('/') ? `at ${resolve(root, missing)}` : 'on PATH'
  return {
    name,
    state: 'problem',
    text: `there is no program "${missing}" ${where}`,
    hint: `Install it, or correct the command of "${agent.name}" in work/agents.yaml.`,
  }
}

/** The program that a session would run: sessions start in the repository. */
function findProgram(program: string, root: string, env: Record<string, string>): string | undefined {
  if (program.includes('/')) return [resolve(root, program)].find(isProgram)
  const folders = (env['PATH'] ?? '').split(delimiter).map((folder) => resolve(root, folder))
  return folders.map((folder) => join(folder, program)).find(isProgram)
}

function ok(name: string, text: string): Check {
  return { name, state: 'ok', text, hint: null }
}

function objection(name: string, state: Check['state'], error: unknown): Check {
  if (!(error instanceof WorkError)) throw error
  return { name, state, text: error.message, hint: error.hint ?? null }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}
