import type { SessionRecord } from '../../machines/session.ts'
import { isAlive, isOtherNamespace } from '../agents/identity.ts'
import { openApi } from '../agents/opencode/api.ts'
import { configError, endedByConfig } from '../agents/opencode/config-error.ts'
import { lookOnce, withKeeper } from '../agents/opencode/look.ts'
import { askHealth, type ServerAccess } from '../agents/opencode/server-access.ts'
import { accessOf } from '../agents/opencode/server-end.ts'
import { isLive, readRecord, serverFiles } from '../agents/opencode/server-record.ts'
import { accessTo } from '../agents/opencode/server.ts'
import type { Evidence, Look } from '../agents/runner.ts'
import { workspaceAt, type StreamPaths } from '../workspace.ts'

/** How long the server may take to answer who only looks, in milliseconds. */
const patience = 5000

/**
 * How a session of opencode ended, as its server tells; undefined when it was never prompted. Starts no server: when none
 * runs, nothing works on the session any more. Of one that runs and does not tell, the session is taken to live.
 */
export async function seeOpencodeEnd(
  record: SessionRecord,
  stream: StreamPaths,
  now: () => Date,
): Promise<Evidence | 'alive' | undefined> {
  const { run, root } = workspaceAt(stream.root)
  const own = readRecord(serverFiles(run))
  // Its server may be at work in a container.
  if (record.server === undefined && isLive(own) && isOtherNamespace(own)) return 'alive'
  const session = { record, agent: undefined, root, title: '', prompt: () => '', env: () => ({}) }
  const lost: Evidence = { type: 'server-lost', at: now().toISOString(), detail: '' }
  const serverLost = withKeeper(session, lost)
  const server = serverOf(record, run)
  if (server === undefined) return serverLost
  let look: Look
  try {
    look = await lookOnce(
      openApi({ ...server, version: '' }, record.origin?.root ?? root, patience),
      session,
      now,
    )
  } catch (error) {
    const broken = configError(error)
    if (broken !== undefined) return endedByConfig(broken, now())
    // Whether a server that somebody else started lives, only its answers tell.
    const isGone = record.server !== undefined && (await askHealth(server, patience)).type === 'unreachable'
    return isGone ? serverLost : 'alive'
  }
  if (look.type === 'ended') return look.evidence
  return look.type === 'alive' ? 'alive' : undefined
}

/** The server that a session was started on, unless it is known to be gone. */
function serverOf({ server }: SessionRecord, run: string): ServerAccess | undefined {
  if (server !== undefined) return accessTo(server, process.env)
  const own = readRecord(serverFiles(run))
  return isLive(own) && isAlive(own) ? accessOf(own) : undefined
}
