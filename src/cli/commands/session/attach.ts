import { foreignThread } from '../../../threads/foreign.ts'
import { agentOfRecord, loadRunner, runnerOfRecord } from '../../../runners/registry.ts'
import { readAgents } from '../../../agents/agents-file.ts'
import { WorkError } from '../../../errors.ts'
import { helpers } from '../../../entry-points.ts'
import { now } from '../../context.ts'
import { lookAgain, type FoundSession, type SessionOptions } from './find-session.ts'
import { work } from '../../../text/hint.ts'

/** `work session attach`: the runner's own screen on a session; without one the log, followed. */
export async function sessionAttach(found: FoundSession, options: SessionOptions): Promise<number> {
  if (options.json === true || !process.stdin.isTTY || !process.stdout.isTTY) {
    throw new WorkError('Attaching to a session needs a terminal.', {
      code: 'usage',
      hint: work('session', 'logs', found.thread.id),
    })
  }
  const { thread, session } = found
  if (thread.foreign !== undefined && session === thread.sessions.at(-1)) {
    throw foreignThread(thread, thread.foreign)
  }
  const runner = await loadRunner(runnerOfRecord(session))
  const isRunning = async () => (await lookAgain(found))?.status === 'running'
  if (runner.screen === undefined || (runner.screen.atRestOnly === true && (await isRunning()))) {
    const { sessionLogs } = await import('./logs.ts')
    return await sessionLogs(found, { ...options, follow: true })
  }
  const screen = await runner.screen.open({
    workspace: found.context.workspace,
    helpers,
    env: process.env,
    now,
    server: options.server,
    session: found.session,
    agent: await agentOf(found),
    isRunning,
  })
  // From here on Ctrl-C is a key of the program that has the terminal.
  process.on('SIGINT', ignore)
  try {
    return await screen.show()
  } finally {
    process.off('SIGINT', ignore)
  }
}

/** The agent of a session, if agents.yaml still has it: its screen can be shown without. */
async function agentOf({ context, session }: FoundSession) {
  try {
    const { agents } = await readAgents(context.workspace.agents)
    return agentOfRecord(agents, session)
  } catch (error) {
    if (error instanceof WorkError) return undefined
    throw error
  }
}

function ignore(): void {}
