import { WorkError, exitCodes } from '../../errors.ts'
import { inheritedEnvironment } from '../../process/env.ts'
import { runProgram } from '../../process/spawn.ts'
import { advice, work } from '../../text/hint.ts'
import type { ScreenOptions, SessionScreen } from '../runner.ts'
import { screenFolder } from '../session-paths.ts'
import { idOf, type AgentCli } from './cli.ts'
import { readOptions } from './options.ts'

/**
 * The CLI's own screen on a session that has ended, in its folder. Throws a `WorkError`: `session-missing`,
 * `folder-missing`, or `session-running`, because two of these programs on one session would mix up its history.
 */
export async function openCliScreen(cli: AgentCli, options: ScreenOptions): Promise<SessionScreen> {
  const { session, workspace, env } = options
  const cwd = screenFolder({ record: session, root: workspace.root })
  const sessionId = idOf(session)
  // Its own settings: a codex with another provider has no other login.
  const { args } = readOptions(options.agent)
  if (await options.isRunning()) {
    throw new WorkError(
      `Session ${sessionId} is still running, and ${cli.title} takes only one program on it.`,
      {
        code: 'session-running',
        hint: advice`${work('session', 'logs', '<thread>', '--follow')} shows what it does.`,
        exitCode: exitCodes.usage,
      },
    )
  }
  if (cli.transcriptOf(sessionId, { env, cwd }) === undefined) {
    throw new WorkError(`${cli.title} has no session ${sessionId}.`, {
      code: 'session-missing',
      hint: advice`${work('session', 'logs', '<thread>')} shows what was logged.`,
      exitCode: exitCodes.unfinished,
    })
  }
  return {
    show: async () => {
      const { exitCode, failure } = await runProgram(
        cli.program,
        [...args, ...cli.screenArguments(sessionId)],
        {
          cwd,
          env: inheritedEnvironment(env),
          interactive: true,
        },
      )
      if (failure !== undefined) throw notStarted(cli, failure)
      return exitCode ?? exitCodes.unfinished
    },
  }
}

function notStarted({ title, program }: AgentCli, failure: string): WorkError {
  const why = failure === 'ENOENT' ? `no program "${program}" on PATH` : failure
  return new WorkError(`${title} could not be started: ${why}.`, {
    code: 'agent-missing',
    hint: work('doctor'),
    exitCode: exitCodes.unfinished,
  })
}
