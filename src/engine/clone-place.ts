import { join, relative, sep } from 'node:path'
import type { Place } from '../../machines/session.ts'
import { clonesFolder, threadNames, type CloneSite } from '../clones/site.ts'
import type { CloneSettings } from '../clones/settings.ts'
import type { StreamPaths, Workspace } from '../paths.ts'
import type { IsolationRecord, TasksFile } from '../store/tasks/schema.ts'
import { threadsOf, type ThreadFacts } from '../threads/thread.ts'

/** How new sessions of a workstream work and what completes their threads. */
export interface Isolation {
  mode: IsolationRecord['mode']
  /** The name by which its branches and folders are called: the workstream's id at its first start. */
  name: string
  /** Whether there are verify commands. */
  verifies: boolean
}

/**
 * How the threads of a workstream are isolated: as recorded at its first start; before that, as agents.yaml says. One
 * that has begun without isolation stays so.
 */
export function isolationOf(
  file: TasksFile,
  stream: Pick<StreamPaths, 'id'>,
  settings: CloneSettings,
): Isolation {
  const { isolation } = file
  const hasBegun = threadsOf(file).some(({ sessions }) => sessions.length > 0)
  return {
    mode: isolation?.mode ?? (hasBegun ? 'none' : settings.isolation),
    name: isolation?.branch.replace(/^workstream\//, '') ?? stream.id,
    verifies: settings.verify.length > 0,
  }
}

/**
 * Where a new session of a thread works: in the clone of its earlier sessions, if it has one, so that a renumbered
 * thread keeps it; otherwise in one that no other thread has.
 */
export function placeFor(
  thread: ThreadFacts,
  threads: readonly ThreadFacts[],
  { mode, name }: Isolation,
  workspace: Pick<Workspace, 'root' | 'work'>,
): Place {
  if (mode === 'none') return { cwd: '.' }
  const before = thread.sessions.findLast(({ branch }) => branch !== undefined)
  if (before?.cwd !== undefined) return { cwd: before.cwd, branch: before.branch }
  const others = threads.filter(({ id }) => id !== thread.id).flatMap(({ sessions }) => sessions)
  const own = threadNames(name, thread.id)
  for (let count = 1; ; count += 1) {
    const end = count === 1 ? '' : `-${count}`
    const cwd = relative(workspace.root, join(clonesFolder(workspace), `${own.name}${end}`)).replaceAll(
      sep,
      '/',
    )
    if (!others.some((session) => session.cwd === cwd)) return { cwd, branch: `${own.branch}${end}` }
  }
}

/** Where the work of a session is in git; undefined for one that works in the main working tree. */
export function siteOf(
  { cwd, branch }: { cwd?: string | undefined; branch?: string | undefined },
  isolation: Pick<IsolationRecord, 'branch'> | undefined,
  root: string,
): CloneSite | undefined {
  if (cwd === undefined || branch === undefined || isolation === undefined) return undefined
  return { root, folder: join(root, cwd), branch, into: isolation.branch }
}
