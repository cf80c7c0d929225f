import type { SessionRecord } from '../../machines/session.ts'
import { openApi } from '../agents/opencode/api.ts'
import { lookOnce } from '../agents/opencode/look.ts'
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
  const session = { record, agent: undefined, root, title: '', prompt: () => '', env: () => ({}) }
  const look = await lookOnce(openApi(server, root), session, now)
  if (look.type === 'ended') return look.evidence
  return look.type === 'alive' ? 'alive' : undefined
}
