import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { draftName, removeDrafts } from '../drafts.ts'
import type { SessionRecord } from '../../machines/session.ts'
import type { StreamPaths, Workspace } from '../workspace.ts'

/** The variables by which a session knows who it is. `work` itself reads `WORK_STREAM` and `WORK_ROOT` as defaults. */
const sessionVariables = [
  'WORK_ROOT',
  'WORK_STREAM',
  'WORK_THREAD',
  'WORK_SESSION',
  'WORK_ATTEMPT',
  'WORK_AGENT',
  'WORK_MODEL',
  'WORK_TOKEN',
  'WORK_RESUME',
] as const

/**
 * The variables that bind git to one repository or one command: `git rev-parse --local-env-vars` names them, and for hooks
 * of a push there are two more. git sets them for its hooks and for `git rebase --exec`.
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
 * The environment of this process for other programs: without what binds git to the repository that this process was
 * started for, and without what tells of the session that it was started in. All other variables stay.
 */
export function inheritedEnvironment(base: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(definedOf(base)).filter(([name]) => !ownVariables.has(name)))
}

/** The environment of a session. */
export function sessionEnvironment(
  base: NodeJS.ProcessEnv,
  workspace: Workspace,
  stream: StreamPaths,
  threadId: string,
  session: SessionRecord,
): Record<string, string> {
  const own: Record<(typeof sessionVariables)[number], string> = {
    WORK_ROOT: workspace.root,
    WORK_STREAM: stream.id,
    WORK_THREAD: threadId,
    WORK_SESSION: session.sessionId,
    WORK_ATTEMPT: String(session.attempt ?? ''),
    WORK_AGENT: session.agentName,
    WORK_MODEL: session.model,
    WORK_TOKEN: session.token ?? '',
    WORK_RESUME: session.mode === 'resume' ? '1' : '',
  }
  return { ...agentEnvironment(base, workspace), ...own }
}

/**
 * What every session of a repository may know: the shells of an opencode server are those of all its sessions. What one
 * session alone should know stands in its prompt.
 */
export function agentEnvironment(base: NodeJS.ProcessEnv, workspace: Workspace): Record<string, string> {
  return {
    ...inheritedEnvironment(base),
    WORK_ROOT: workspace.root,
    WORKSTREAM_ROLE: 'AGENT',
    PWD: workspace.root,
    // An empty entry would mean the working folder.
    PATH: [binFolder(workspace), base['PATH'] ?? ''].filter((entry) => entry !== '').join(delimiter),
  }
}

/**
 * Makes `main` reachable as `work` for every session of this repository. The program names the very Node that runs it now:
 * PATH may have none, or an older one.
 */
export function installProgram(workspace: Workspace, main: string, node: string = process.execPath): void {
  const path = programPath(workspace)
  const script = scriptOf(main, node)
  if (readProgram(path) === script) return
  mkdirSync(dirname(path), { recursive: true })
  // Made aside and moved, so that a session that looks for it now finds the old one or the new one.
  const draft = draftName(path)
  removeDrafts(dirname(path))
  writeFileSync(draft, script, { mode: 0o755 })
  chmodSync(draft, 0o755)
  renameSync(draft, path)
}

/**
 * The same where the program is missing or can't be used: one that another run has made stays, which may be that of another
 * Node or another installation.
 */
export function linkProgram(workspace: Workspace, main: string, node: string = process.execPath): void {
  const found = readProgram(programPath(workspace))
  if (found === undefined || !isUsable(found)) installProgram(workspace, main, node)
}

/** While `work` is being replaced by another version, its files are gone for a moment: a report must not be lost to that. */
function scriptOf(main: string, node: string): string {
  return `#!/bin/sh
main=${quoted(main)}
tries=0
while [ ! -e "$main" ] && [ "$tries" -lt 20 ]; do
  tries=$((tries + 1))
  sleep 0.5
done
if [ ! -e "$main" ]; then
  echo "Error: $main is gone. Install work again, then: work continue" >&2
  exit 1
fi
exec ${quoted(node)} "$main" "$@"
`
}

/** Whether a text is a script of the program whose files are there. */
function isUsable(script: string): boolean {
  const [, main, node] =
    /^#!\/bin\/sh\nmain=('[^]*')\ntries=0\n[^]*\nexec ('[^]*') "\$main" "\$@"\n$/.exec(script) ?? []
  if (main === undefined || node === undefined) return false
  const [mainPath, nodePath] = [unquoted(main), unquoted(node)]
  return script === scriptOf(mainPath, nodePath) && existsSync(mainPath) && existsSync(nodePath)
}

function programPath(workspace: Workspace): string {
  return join(binFolder(workspace), 'work')
}

function binFolder(workspace: Workspace): string {
  return join(workspace.run, 'bin')
}

/** A text as one word of a shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function unquoted(word: string): string {
  return word.slice(1, -1).replaceAll("'\\''", "'")
}

/** The text of the program; undefined when it can't be executed, or is the link that an earlier version made. */
function readProgram(path: string): string | undefined {
  const entry = lstatSync(path, { throwIfNoEntry: false })
  const isSound = entry?.isFile() === true && (entry.mode & 0o111) === 0o111
  return isSound ? readFileSync(path, 'utf8') : undefined
}

/** The variables that have a value, as other libraries take an environment. */
export function definedOf(base: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(base).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
