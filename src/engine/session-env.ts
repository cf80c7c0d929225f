import type { SessionRecord } from '../../machines/session.ts'
import type { StreamPaths, Workspace } from '../paths.ts'
import { agentEnvironment, type sessionVariables } from '../process/env.ts'
import { workingFolder } from '../runners/session-paths.ts'

/** The environment of a session. */
export function sessionEnvironment(
  base: NodeJS.ProcessEnv,
  workspace: Workspace,
  stream: StreamPaths,
  threadId: string,
  session: SessionRecord,
): Record<string, string> {
  const folder = workingFolder({ record: session, root: workspace.root })
  const own: Record<(typeof sessionVariables)[number], string> = {
    WORK_ROOT: workspace.root,
    WORK_TREE: session.branch === undefined ? '' : folder,
    WORK_STREAM: stream.id,
    WORK_THREAD: threadId,
    WORK_SESSION: session.sessionId,
    WORK_RUNNER_SESSION: session.runnerSessionId ?? '',
    WORK_ATTEMPT: String(session.attempt ?? ''),
    WORK_AGENT: session.agentName,
    WORK_MODEL: session.model,
    WORK_TOKEN: session.token ?? '',
    WORK_RESUME: session.mode === 'resume' ? '1' : '',
  }
  return { ...agentEnvironment(base, workspace), PWD: folder, ...own }
}
