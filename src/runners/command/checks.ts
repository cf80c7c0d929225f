import { delimiter, join, resolve } from 'node:path'
import { ok, problem, type Check } from '../../doctor/check.ts'
import { isProgram } from '../../process/executable.ts'
import type { RunnerChecks } from '../checks.ts'
import { readOptions } from './options.ts'
import type { RunnerAgent } from '../agent.ts'

/** Each agent has its own program. */
export const commandChecks: RunnerChecks = {
  repository: ({ workspace, env }) =>
    Promise.resolve({
      server: [],
      leftovers: [],
      models: [],
      agent: (agent) => checkCommands(agent, workspace.root, env),
    }),
}

function checkCommands(agent: RunnerAgent, root: string, env: Record<string, string>): Check {
  const name = `agent ${agent.name}`
  const { command, resume_command: resumeCommand } = readOptions(agent)
  const programs = [command?.[0], resumeCommand?.[0]].flatMap((program) => program ?? [])
  const missing = programs.find((program) => findProgram(program, root, env) === undefined)
  if (missing === undefined) return ok(name, `command: ${programs[0] ?? ''}`)
  const where = missing.includes('/') ? `at ${resolve(root, missing)}` : 'on PATH'
  return problem(
    name,
    `program "${missing}" not found ${where}`,
    `Install it, or correct the command of "${agent.name}" in work/agents.yaml.`,
  )
}

/** The program that a session would run: sessions start in the repository. */
function findProgram(program: string, root: string, env: Record<string, string>): string | undefined {
  if (program.includes('/')) return [resolve(root, program)].find(isProgram)
  const folders = (env['PATH'] ?? '').split(delimiter).map((folder) => resolve(root, folder))
  return folders.map((folder) => join(folder, program)).find(isProgram)
}
