import type { SessionRecord } from '../../machines/session.ts'
import type { Agent } from '../agents/agents-file.ts'
import { describeForeign, isElsewhere } from '../process/origin.ts'
import { runnerOf, type Runners } from '../runners/registry.ts'
import { retryInstead } from '../runners/resume.ts'
import { standingOf } from './standing.ts'
import type { ThreadFacts } from './thread.ts'

/** What decides how a thread may be started again, in addition to its record. */
export interface RestartWorld {
  agents: readonly Agent[]
  runners: Runners
  /** The repository, absolute. */
  root: string
}

/** After these reasons there is no conversation to resume. */
const withoutConversation = ['agent-missing', 'session-missing', 'spawn', 'setup']

/**
 * Why the last session of a thread can't be resumed, as a sentence; null if nothing known here prevents it. Its
 * runner's program is not asked. This is the only rule about it: what `work status` marks, `work continue` does and
 * `work fix` offers follow from it.
 */
export function refusalToResume(thread: ThreadFacts, world: RestartWorld): string | null {
  const isCompleted = thread.status === 'completed' && thread.foreign === undefined
  if (isCompleted) return 'The last session completed. Retry starts a new session.'
  return refusalToGoOn(thread, world)
}

/** The same for a session that may have completed: it is given something more to do. */
export function refusalToGoOn(thread: ThreadFacts, { agents, runners, root }: RestartWorld): string | null {
  const session = thread.sessions.at(-1)
  if (session === undefined) return 'The thread has no session yet.'
  if (thread.foreign !== undefined) {
    return `Session ${session.sessionId} ${describeForeign(thread.foreign)}. Retry starts a new session here.`
  }
  if (thread.status === 'running') return 'The session is still running.'
  const agent = agents.find(({ name }) => name === session.agentName)
  if (agent === undefined) return agentGone(session.agentName)
  return refusalByRecord(session, agent, runners, root) ?? refusalByReason(thread, session)
}

function refusalByRecord(
  session: SessionRecord,
  agent: Agent,
  runners: Runners,
  root: string,
): string | null {
  const { sessionId, runner: ranOn } = session
  if (ranOn !== undefined && ranOn !== agent.runner) {
    return `Session ${sessionId} ran on ${ranOn}, but its agent now runs on ${agent.runner}. ${retryInstead}`
  }
  if (session.origin !== undefined && isElsewhere(session, root)) {
    return `Session ${sessionId} belongs to another checkout, ${session.origin.root}. ${retryInstead}`
  }
  return runnerOf(runners, ranOn).refusalToResume(agent, session, { root, env: process.env })
}

function refusalByReason(thread: ThreadFacts, { sessionId }: SessionRecord): string | null {
  const { reason } = standingOf(thread)
  if (reason === null || !withoutConversation.includes(reason)) return null
  return reason === 'session-missing'
    ? `Session ${sessionId} no longer exists. ${retryInstead}`
    : `Session ${sessionId} never started, so there is nothing to resume. ${retryInstead}`
}

/** Why a thread can't be started over by the agent of its last session; null if it can. */
export function refusalToRetry(thread: ThreadFacts, { agents }: Pick<RestartWorld, 'agents'>): string | null {
  const name = thread.sessions.at(-1)?.agentName
  const isKnown = name === undefined || agents.some((agent) => agent.name === name)
  return isKnown ? null : agentGone(name)
}

/** Why no other agent can take over these threads; null if one can. */
export function refusalToSwap(
  threads: readonly ThreadFacts[],
  { agents }: Pick<RestartWorld, 'agents'>,
): string | null {
  const hasOther = agents.some(({ name }) =>
    threads.some((thread) => thread.sessions.at(-1)?.agentName !== name),
  )
  return hasOther ? null : 'There is no other agent in work/agents.yaml.'
}

function agentGone(name: string): string {
  return `Agent "${name}" of the last session is no longer in work/agents.yaml. Choose another agent.`
}
