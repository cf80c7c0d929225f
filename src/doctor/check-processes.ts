import { findAgentProcesses, type AgentProcess } from '../process/agent-processes.ts'
import type { ServerMark } from '../runners/checks.ts'
import type { Workspace } from '../paths.ts'
import { warning, type Check } from './check.ts'
import { listSome } from '../text/list-some.ts'
import type { StreamChecks } from './check-streams.ts'
import { shell } from '../text/hint.ts'

/** Processes that ended sessions left running, such as a server in its own process session (`setsid`). */
export function checkProcesses(
  { root }: Workspace,
  read: StreamChecks,
  { recorder, marks }: { recorder: string; marks: readonly ServerMark[] },
): Check[] {
  const groups = new Map<string, AgentProcess[]>()
  const found = findAgentProcesses(
    root,
    recorder,
    marks.map(({ variable }) => variable),
  )
  const recorded = new Set(found.flatMap(({ token, isRecorder }) => (isRecorder ? [token] : [])))
  for (const one of found.filter(({ isRecorder }) => !isRecorder)) {
    const owner = ownerOf(one, read, recorded, marks)
    if (owner !== undefined) groups.set(owner, [...(groups.get(owner) ?? []), one])
  }
  return [...groups].map(([owner, processes]) => {
    const names = processes.map(({ pid, name }) => `${pid} (${name})`)
    const text = `${owner} has ended but left ${processes.length === 1 ? '1 process' : `${processes.length} processes`} running: ${listSome(names)}`
    return warning('sessions', text, shell('kill', ...processes.map(({ pid }) => String(pid))))
  })
}

/**
 * The ended session that left this process; undefined while its session is running or may be running: an unknown
 * session may be in a tasks.json that can't be read. `recorded` are the tokens of sessions with a running recorder.
 */
function ownerOf(
  { token, server }: AgentProcess,
  { streams, isComplete }: StreamChecks,
  recorded: ReadonlySet<string | undefined>,
  marks: readonly ServerMark[],
): string | undefined {
  if (token === undefined) {
    const mark = marks.find(({ variable }) => variable === server?.variable)
    return mark === undefined || mark.live === server?.value ? undefined : mark.owner
  }
  for (const { stream, threads } of streams) {
    for (const { id, sessions } of threads) {
      const session = sessions.find((one) => one.token === token)
      if (session === undefined) continue
      if (session.status === 'running') return undefined
      return `${stream.id} ${id}: session ${session.sessionId} (${session.agentName})`
    }
  }
  return isComplete && !recorded.has(token) ? 'a session that is not in any tasks.json' : undefined
}
