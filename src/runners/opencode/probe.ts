import type { SessionRecord } from '../../../machines/session.ts'
import { isAlive, isOtherNamespace } from '../../process/identity.ts'
import { openApi } from './client.ts'
import { configError, endedByConfig } from './config-error.ts'
import { folderOf } from './folder.ts'
import { opencodeFiles, wasPrompted } from './files.ts'
import { lookOnce, withKeeper } from './inspect.ts'
import { askHealth, type ServerAccess } from './server/http.ts'
import { accessOf } from './server/stop.ts'
import { isLive, readRecord, serverFiles } from './server/record.ts'
import { accessTo } from './server/server.ts'
import { workspaceAt } from '../../paths.ts'
import type { SeenSession } from '../../process/membership.ts'
import type { Evidence, Look } from '../evidence.ts'
import { glancePatience } from './waits.ts'

/**
 * Looks at an opencode session by asking its server. Starts no server: without one, the session is not running. If a
 * running server does not answer, the session counts as running.
 */
export async function probeOpencode(session: SeenSession, now: () => Date): Promise<Look> {
  const { record, root } = session
  const { run } = workspaceAt(root)
  const own = readRecord(serverFiles(run))
  // Its server may be running in a container.
  if (record.server === undefined && isLive(own) && isOtherNamespace(own)) return alive
  const lost: Evidence = {
    type: 'server-lost',
    at: now().toISOString(),
    detail: '',
    // What it used is unknown, but it has a conversation.
    ...(hasPrompt(session) ? { usage: {} } : {}),
  }
  const serverLost: Look = { type: 'ended', evidence: withKeeper(session, lost) }
  const server = serverOf(record, run)
  if (server === undefined) return serverLost
  const folder = folderOf(record, root)
  try {
    return await lookOnce(openApi({ ...server, version: '' }, folder, glancePatience), session, now)
  } catch (error) {
    const broken = configError(error)
    if (broken !== undefined) return { type: 'ended', evidence: endedByConfig(broken, now()) }
    // Whether an external server is running can only be seen from its answers.
    const isGone =
      record.server !== undefined && (await askHealth(server, glancePatience)).type === 'unreachable'
    return isGone ? serverLost : alive
  }
}

/** Whether its prompt was delivered, as far as is known without its server. */
function hasPrompt(session: SeenSession): boolean {
  const { mode, log } = session.record
  return mode === 'resume' || (log !== undefined && wasPrompted(opencodeFiles(session)))
}

const alive: Look = { type: 'alive', process: null }

/** The server that a session was started on, unless it is known to be gone. */
function serverOf({ server }: SessionRecord, run: string): ServerAccess | undefined {
  if (server !== undefined) return accessTo(server, process.env)
  const own = readRecord(serverFiles(run))
  return isLive(own) && isAlive(own) ? accessOf(own) : undefined
}
