import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { draftName, removeDrafts } from '../files/drafts.ts'
import type { SessionRecord } from '../../machines/session.ts'
import type { StreamPaths, Workspace } from '../paths.ts'

/** The variables that identify a session. `work` itself reads `WORK_STREAM` and `WORK_ROOT` as defaults. */
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
 * What every session of a repository may know: the shells of an opencode server belong to all its sessions. What only
 * one session should know is in its prompt.
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
 * Makes `main` available as `work` to every session of this repository. The script names the Node that runs now: PATH
 * may have none, or an older one.
 */
export function installProgram(workspace: Workspace, main: string, node: string = process.execPath): void {
  const path = programPath(workspace)
  const script = scriptOf(main, node)
  if (readProgram(path) === script) return
  mkdirSync(dirname(path), { recursive: true })
  // Written to a draft and renamed, so that a session always finds a complete program.
  const draft = draftName(path)
  removeDrafts(dirname(path))
  writeFileSync(draft, script, { mode: 0o755 })
  chmodSync(draft, 0o755)
  renameSync(draft, path)
}

/**
 * The same, but only if the program is missing or unusable: one created by another run stays, which may use another
 * Node or another installation.
 */
export function linkProgram(workspace: Workspace, main: string, node: string = process.execPath): void {
  const found = readProgram(programPath(workspace))
  if (found === undefined || !isUsable(found)) installProgram(workspace, main, node)
}

/**
 * While `work` is being replaced by another version, its files are missing for a moment: no report must be lost
 * because of that.
 */
function scriptOf(main: string, node: string): string {
  return `#!/bin/sh
main=${quoted(main)}
tries=0
while [ ! -e "$main" ] && [ "$tries" -lt 20 ]; do
  tries=$((tries + 1))
  sleep 0.5
done
if [ ! -e "$main" ]; then
  echo "Error: $main not found. Install work again, then: work continue" >&2
  exit 1
fi
exec ${quoted(node)} "$main" "$@"
`
}

/** Whether a text is a script of a program whose files exist. */
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

/** Quotes a text as one shell word, whatever it contains. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function unquoted(word: string): string {
  return word.slice(1, -1).replaceAll("'\\''", "'")
}

/** The text of the program; undefined if it can't be executed, or if it is the link that an earlier version created. */
function readProgram(path: string): string | undefined {
  const entry = lstatSync(path, { throwIfNoEntry: false })
  const isSound = entry?.isFile() === true && (entry.mode & 0o111) === 0o111
  return isSound ? readFileSync(path, 'utf8') : undefined
}

/** The variables that have a value, in the form that other libraries expect. */
export function definedOf(base: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(base).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
