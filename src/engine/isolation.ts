import { join, relative, sep } from 'node:path'
import type { Place } from '../../machines/session.ts'
import { ensureStreamBranch, requireIsolation } from '../clones/stream-branch.ts'
import { gitIn, type Git } from '../clones/git.ts'
import { isAncestor } from '../clones/save.ts'
import { clonesFolder, streamBranch, threadNames, type CloneSite } from '../clones/site.ts'
import type { CloneSettings } from '../clones/settings.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { advice, shell } from '../text/hint.ts'
import type { StreamPaths, Workspace } from '../paths.ts'
import type { IsolationRecord, TasksFile } from '../store/tasks/schema.ts'
import { threadsOf, type ThreadFacts } from '../threads/thread.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'

/** What beginning to isolate a workstream needs of a run's world. */
interface IsolationWorld {
  workspace: Workspace
  stream: StreamPaths
  tasks: TasksStore
  agents: { clones: CloneSettings }
  now: () => Date
  env: NodeJS.ProcessEnv
}

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
 * Fixes how a workstream is isolated, before its first thread starts, and makes the branch into which its threads are
 * merged. Throws a `WorkError` if git can't do that here (`no-commit`, `bare-repository`, `git-too-old`), or if the
 * branch is another one's (`branch-taken`) or no longer has what was merged into it (`branch-gone`).
 */
export async function beginIsolation(world: IsolationWorld): Promise<void> {
  const { tasks, stream, workspace, env, now, agents } = world
  const { root } = workspace
  const file = tasks.read()
  const { mode, name } = isolationOf(file, stream, agents.clones)
  if (mode === 'none') return
  const git = gitIn(root, env)
  let { isolation } = file
  if (isolation === undefined) {
    await requireIsolation(root, env)
    const record = await newRecord(git, name, now())
    // Looked at before it is recorded: afterwards the branch is this workstream's.
    if ((await commitOf(git, record.branch)) !== undefined) throw branchTaken(record.branch)
    await tasks.commit((latest) => {
      latest.isolation ??= record
    })
    isolation = tasks.read().isolation ?? record
  }
  const tip = await commitOf(git, isolation.branch)
  const merged = threadsOf(tasks.read()).flatMap(({ delivery }) => delivery?.merged ?? [])
  if (tip === undefined && merged.length === 0) {
    await ensureStreamBranch(root, isolation.branch, env, isolation.base)
    return
  }
  for (const commit of [isolation.base, ...merged]) {
    if (tip === undefined || !(await isAncestor(git, commit, tip))) throw branchGone(isolation.branch, commit)
  }
}

async function commitOf(git: Git, branch: string): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`]
  const { exitCode, stdout } = await git.run(args, { expects: [0, 1, 128] })
  return exitCode === 0 ? stdout.trim() : undefined
}

function branchTaken(branch: string): WorkError {
  return new WorkError(`The branch ${branch} exists already, and this workstream would be merged into it.`, {
    code: 'branch-taken',
    hint: advice`Rename it: ${shell('git', 'branch', '-m', branch, '<name>')}`,
  })
}

function branchGone(branch: string, commit: string): WorkError {
  return new WorkError(
    `The branch ${branch} no longer has ${commit.slice(0, 10)}, which was merged into it.`,
    {
      code: 'branch-gone',
      hint: advice`${shell('git', 'log', '--all', '--oneline', '--graph', commit)} shows it, and ${shell('git', 'branch', '-f', branch, '<commit>')} sets the branch.`,
      exitCode: exitCodes.unfinished,
    },
  )
}

async function newRecord(git: Git, name: string, now: Date): Promise<IsolationRecord> {
  const base = await git.text('rev-parse', '--verify', 'HEAD^{commit}')
  const head = await git.run(['symbolic-ref', '--quiet', '--short', 'HEAD'], { expects: [0, 1] })
  const from = head.exitCode === 0 ? head.stdout.trim() : null
  return { mode: 'clone', branch: streamBranch(name), from, base, at: now.toISOString() }
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
