import { ok, problem, warning } from '../../doctor/check.ts'
import { firstLine } from '../../process/program-version.ts'
import { versionPatience } from '../../process/waits.ts'
import { runProgram } from '../../process/spawn.ts'
import type { RunnerChecks } from '../checks.ts'
import type { AgentCli } from './cli.ts'
import { readOptions } from './options.ts'

/** What `work doctor` checks about an agent CLI. */
export function cliChecks(cli: AgentCli): RunnerChecks {
  return {
    program: async ({ env }, isNeeded) => {
      // One that no agent uses is not even started.
      if (!isNeeded) return undefined
      const { exitCode, stdout, failure } = await runProgram(cli.program, ['--version'], {
        env,
        timeout: versionPatience,
      })
      const name = cli.program
      if (failure === 'ENOENT') {
        const text = `${cli.title} is not installed: no program "${cli.program}" on PATH`
        return problem(name, text, `Install ${cli.title}, or use another runner in work/agents.yaml.`)
      }
      if (exitCode !== 0) {
        return problem(
          name,
          `does not start: ${failure ?? `exit code ${exitCode}`}`,
          `${cli.program} --version`,
        )
      }
      return ok(name, `${firstLine(stdout)}; tried with ${cli.tried}`)
    },
    repository: ({ workspace, env, isUsed }) =>
      Promise.resolve({
        server: [],
        leftovers: [],
        models: [],
        agent: (agent) => {
          const name = `agent ${agent.name}`
          const model = agent.models.map((one) => one.model).join(', ') || 'its own model'
          if (!isUsed) return ok(name, `${cli.title}: ${model}`)
          const home = { env, cwd: workspace.root }
          const options = readOptions(agent)
          const obstacle = cli.obstacle?.(options, home)
          if (obstacle !== undefined) return problem(name, obstacle.problem, obstacle.hint)
          if (agent.done_when === 'tasks' && cli.canReport?.(options) === false) {
            return warning(
              name,
              `${cli.title} can't report its tasks with "permissions: ${options.permissions}"`,
              `Set done_when: exit or permissions: edit for "${agent.name}" in work/agents.yaml.`,
            )
          }
          const login = cli.loginOf(options, home)
          if (login !== undefined) return ok(name, `${cli.title}: ${model}; login: ${login}`)
          return warning(name, `${cli.title}: no login found`, cli.loginHint)
        },
      }),
  }
}
