import type { SessionRecord } from '../../machines/session.ts'
import type { Workspace } from '../paths.ts'
import { ok, warning, type Check } from './check.ts'
import { checkProcesses } from './check-processes.ts'
import { isPlanning, type CheckedStream, type StreamChecks } from './check-streams.ts'
import { describeForeign, wayOutOf } from '../threads/foreign.ts'
import type { ServerMark } from '../runners/checks.ts'
import { observeThreads } from '../engine/probe.ts'
import { planningName } from '../planning/state.ts'
import { ownerOf } from '../threads/leases.ts'
import { threadsOf } from '../threads/thread.ts'
import { advice, work } from '../text/hint.ts'

/**
 * Checks that each session recorded as running is really running and supervised, and looks for processes that others
 * left running.
 */
export async function checkSessions(
  workspace: Workspace,
  read: StreamChecks,
  { now, helpers, marks }: { now: () => Date; helpers: { recorder: string }; marks: ServerMark[] },
): Promise<Check[]> {
  const recorded = (await Promise.all(read.streams.map((stream) => checkStream(stream, now)))).flat()
  const checks = [...recorded, ...checkProcesses(workspace, read, { recorder: helpers.recorder, marks })]
  return checks.length > 0 || !read.isComplete ? checks : [ok('sessions', 'none left over')]
}

async function checkStream({ stream, tasks }: CheckedStream, now: () => Date): Promise<Check[]> {
  const running = threadsOf(tasks.read()).filter((thread) => thread.status === 'running')
  if (running.length === 0) return []
  const observed = await observeThreads(tasks, stream, now)
  const checks: Check[] = []
  for (const { id, sessions } of running) {
    // While another process runs the thread, its record is about to be updated.
    if ((await ownerOf(stream, id)) !== undefined) continue
    const seen = observed.find((thread) => thread.id === id)
    const name = `${stream.id} ${isPlanning(stream) ? planningName : id}`
    const take = work(isPlanning(stream) ? 'plan' : 'continue', '--stream', stream.id)
    if (seen?.foreign !== undefined) {
      const text = `${name}: ${describe(sessions.at(-1))} ${describeForeign(seen.foreign)}`
      checks.push(warning('sessions', text, wayOutOf(id, seen.foreign)))
    } else if (seen?.status === 'running') {
      const text = `${name}: ${describe(sessions.at(-1))} is running without a supervisor`
      checks.push(warning('sessions', text, advice`${take} supervises it again and records its outcome.`))
    } else {
      const reason = seen?.sessions.at(-1)?.reason
      const why = reason === undefined ? '' : ` (${reason})`
      const text = `${name}: ${describe(sessions.at(-1))} is recorded as running, but has ended${why}`
      checks.push(warning('sessions', text, advice`${take} records that and continues.`))
    }
  }
  return checks
}

function describe(session: SessionRecord | undefined): string {
  if (session === undefined) return 'a session'
  const pid = session.process === undefined ? '' : `, process ${session.process.pid}`
  return `session ${session.sessionId} (${session.agentName}${pid})`
}
