import { randomUUID } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { Launch, PlannedSession } from '../../machines/session.ts'
import type { ThreadEvent } from '../../machines/thread.ts'
import { originAt } from '../process/origin.ts'
import type { Runner } from '../runners/runner.ts'
import type { Model } from '../agents/agents-file.ts'
import type { StreamPaths } from '../paths.ts'
import { nameModel } from '../agents/choose-agent.ts'
import type { PlannedThread } from './run-plan.ts'
import type { ThreadFacts } from '../threads/thread.ts'

export interface LaunchInput {
  stream: StreamPaths
  thread: ThreadFacts
  planned: PlannedThread
  runner: Runner
  now: Date
}

/** The event that carries out the plan for a thread. Ids and tokens of its sessions are created here, once. */
export function launchEvent(input: LaunchInput): ThreadEvent {
  switch (input.planned.action) {
    case 'adopt':
      return { type: 'RESTORED' }
    case 'deliver':
      return { type: 'DELIVER' }
    case 'start':
      return { type: 'START', ...launch(input) }
    case 'resume':
      return { type: 'RESUME', ...launch(input) }
    case 'retry':
      return { type: 'RETRY', ...launch(input) }
    case 'swap':
      return { type: 'SWAP', ...launch(input) }
  }
}

function launch({ stream, thread, planned, runner, now }: LaunchInput): Launch {
  const { agent, action, attempt, note } = planned
  const [first, ...others] = agent.models
  const before = action === 'resume' ? thread.sessions.at(-1) : undefined
  const resumed = before?.sessionId
  // Some programs count their whole conversation.
  const events = runner.definition.eventsOf?.(agent)
  const origin = originAt(stream.root)
  const plan = (model: Model | undefined, offset: number): PlannedSession => {
    const token = randomUUID()
    const ids = runner.newIds()
    return {
      ...ids,
      sessionId: resumed ?? ids.sessionId,
      ...(before?.runnerSessionId === undefined ? {} : { runnerSessionId: before.runnerSessionId }),
      agentName: agent.name,
      model: model === undefined ? '' : nameModel(model),
      ...(model?.variant === undefined ? {} : { variant: model.variant }),
      attempt: attempt + offset,
      runner: runner.definition.name,
      mode: resumed === undefined ? 'fresh' : 'resume',
      token,
      origin,
      doneWhen: agent.done_when,
      ...(agent.timeout === undefined ? {} : { timeout: agent.timeout }),
      ...(note === undefined ? {} : { note }),
      ...(events === undefined ? {} : { events }),
      ...planned.place,
      ...(planned.deliver !== undefined && { deliver: planned.deliver }),
      ...(planned.startsOver && { startsOver: true }),
      log: relative(stream.root, freeLog(join(stream.logs, thread.id, String(attempt + offset)), token)),
    }
  }

  return {
    session: plan(first, 0),
    fallbacks: others.map((model, index) => plan(model, index + 1)),
    at: now.toISOString(),
  }
}

/**
 * Log path prefix not used by any earlier session. If tasks.json was reset, log files of a later attempt may still
 * exist, and their recorded end does not belong to this one.
 */
function freeLog(base: string, token: string): string {
  const folder = dirname(base)
  // A file in its place shows when the session starts.
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
  const isTaken = isFolder && readdirSync(folder).some((name) => name.startsWith(`${basename(base)}.`))
  return isTaken ? `${base}-${token.slice(0, 8)}` : base
}
