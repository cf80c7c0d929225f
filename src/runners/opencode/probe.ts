import type { SessionRecord } from '../../../machines/session.ts'
import { isAlive, isOtherNamespace } from '../../process/identity.ts'
import { openApi } from './client.ts'
import { configError, endedByConfig } from './config-error.ts'
import { lookOnce, withKeeper } from './inspect.ts'
import { askHealth, type ServerAccess } from './server/http.ts'
import { accessOf } from './server/stop.ts'
import { isLive, readRecord, serverFiles } from './server/record.ts'
import { accessTo } from './server/server.ts'
import type { Evidence, Look } from '../runner.ts'
import { workspaceAt, type StreamPaths } from '../../paths.ts'

/** Time limit for the server's answer when only looking, in milliseconds. */
const patience = 5000

/**
 * How an opencode session ended, according to its server; undefined if it was never prompted. Starts no server:
 * without one, the session is not running. If a running server does not answer, the session counts as running.
 */
export async function seeOpencodeEnd(
  record: SessionRecord,
  stream: StreamPaths,
  now: () => Date,
): Promise<Evidence | 'alive' | undefined> {
  const { run, root } = workspaceAt(stream.root)
  const own = readRecord(serverFiles(run))
  // Its server may be running in a container.
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
    // Whether an external server is running can only be seen from its answers.
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
