import { delimiter, join } from 'node:path'
import type { Workspace } from '../paths.ts'

/** The variables that identify a session. `work` itself reads `WORK_STREAM` and `WORK_ROOT` as defaults. */
export const sessionVariables = [
  'WORK_ROOT',
  'WORK_TREE',
  'WORK_STREAM',
  'WORK_THREAD',
  'WORK_SESSION',
  'WORK_RUNNER_SESSION',
  'WORK_ATTEMPT',
  'WORK_AGENT',
  'WORK_MODEL',
  'WORK_TOKEN',
  'WORK_RESUME',
] as const

/**
 * The variables that bind git to one repository or one command: those of `git rev-parse --local-env-vars`, and two
 * more in push hooks. git sets them for its hooks and for `git rebase --exec`.
 */
const gitVariables = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_CONFIG_COUNT',
  'GIT_CONFIG_PARAMETERS',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NAMESPACE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_QUARANTINE_PATH',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
]

const ownVariables = new Set<string>([...sessionVariables, ...gitVariables])

/**
 * The environment of this process for other programs, without variables that bind git to another repository or that
 * identify the session this process was started in.
 */
export function inheritedEnvironment(base: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(definedOf(base)).filter(([name]) => !ownVariables.has(name)))
}

/**
 * What every session of a repository may know: the shells of an opencode server belong to all its sessions. What only
 * one session should know is in its prompt.
 */
export function agentEnvironment(base: NodeJS.ProcessEnv, workspace: Workspace): Record<string, string> {
  return {
    ...inheritedEnvironment(base),
    WORK_ROOT: workspace.root,
    WORKSTREAM_ROLE: 'AGENT',
    PWD: workspace.root,
    // A clone that has lost its .git must not be taken for the repository around it. Elsewhere it has no effect.
    GIT_CEILING_DIRECTORIES: pathsOf(workspace.trees, base['GIT_CEILING_DIRECTORIES']),
    // An empty entry would mean the working folder.
    PATH: pathsOf(binFolder(workspace), base['PATH']),
  }
}

function pathsOf(first: string, others = ''): string {
  return [first, others].filter((entry) => entry !== '').join(delimiter)
}

/** Where sessions find `work`. */
export function binFolder(workspace: Workspace): string {
  return join(workspace.run, 'bin')
}

/** The variables that have a value, in the form that other libraries expect. */
function definedOf(base: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(base).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
