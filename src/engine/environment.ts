import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { SessionRecord } from '../../machines/session.ts'
import { systemCode } from '../errors.ts'
import type { StreamPaths, Workspace } from '../workspace.ts'

/** The variables that tell a session who it is. `work` itself reads `WORK_STREAM` and `WORK_ROOT` as defaults. */
export function sessionEnvironment(
  base: NodeJS.ProcessEnv,
  workspace: Workspace,
  stream: StreamPaths,
  threadId: string,
  session: SessionRecord,
): Record<string, string> {
  return {
    ...agentEnvironment(base, workspace),
    WORK_STREAM: stream.id,
    WORK_THREAD: threadId,
    WORK_SESSION: session.sessionId,
    WORK_ATTEMPT: String(session.attempt ?? ''),
    WORK_AGENT: session.agentName,
    WORK_MODEL: session.model,
    WORK_TOKEN: session.token ?? '',
    WORK_RESUME: session.mode === 'resume' ? '1' : '',
  }
}

/**
 * What every session of a repository may know: the shells of an opencode server are those of all its sessions. What one
 * session alone should know stands in its prompt.
 */
export function agentEnvironment(base: NodeJS.ProcessEnv, workspace: Workspace): Record<string, string> {
  const inherited = Object.entries(definedOf(base)).filter(([name]) => !name.startsWith('WORK_'))
  return {
    ...Object.fromEntries(inherited),
    WORK_ROOT: workspace.root,
    WORKSTREAM_ROLE: 'AGENT',
    PWD: workspace.root,
    // An empty entry would mean the working folder.
    PATH: [binFolder(workspace), base['PATH'] ?? ''].filter((entry) => entry !== '').join(delimiter),
  }
}

/** Makes `main` reachable as `work` for every session of this repository. */
export function linkProgram(workspace: Workspace, main: string): void {
  const link = join(binFolder(workspace), 'work')
  if (targetOf(link) === main) return
  mkdirSync(dirname(link), { recursive: true })
  // Made aside and moved, so that a session that looks for it now finds the old one or the new one.
  const draft = `${link}.${process.pid}`
  rmSync(draft, { force: true })
  symlinkSync(main, draft)
  renameSync(draft, link)
}

function binFolder(workspace: Workspace): string {
  return join(workspace.run, 'bin')
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'EINVAL') return undefined
    throw error
  }
}

/** The variables that have a value, as other libraries take an environment. */
export function definedOf(base: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(base).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
