import type { SessionRecord } from '../../machines/session.ts'
import { Connection } from '../agents/opencode/connection.ts'
import { opencodeRunner } from '../agents/opencode/runner.ts'
import { findServer } from '../agents/opencode/server.ts'
import type { Evidence } from '../agents/runner.ts'
import { withLock } from '../store/lock.ts'
import { workspaceAt, type StreamPaths } from '../workspace.ts'

/**
 * How a session of opencode ended, as its server tells; undefined when it was never prompted. Starts no server: when none
 * runs, nothing works on the session any more.
 */
export async function seeOpencodeEnd(
  record: SessionRecord,
  stream: StreamPaths,
  now: () => Date,
): Promise<Evidence | 'alive' | undefined> {
  const { run, root } = workspaceAt(stream.root)
  const server = await findServer({
    run,
    root,
    env: {},
    keeper: '',
    withLock: (action) => withLock(run, action),
    idle: 0,
  })
  if (server === undefined) return { type: 'server-lost', at: now().toISOString(), detail: '' }
  const connection = new Connection(() => Promise.resolve({ ...server, release: () => undefined }), root)
  try {
    const session = { record, agent: undefined, root, title: '', prompt: () => '', env: () => ({}) }
    const look = await opencodeRunner({ connection, now }).look(session)
    if (look.type === 'ended') return look.evidence
    return look.type === 'alive' ? 'alive' : undefined
  } finally {
    await connection.close()
  }
}
