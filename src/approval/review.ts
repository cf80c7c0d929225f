import { relative, sep } from 'node:path'
import type { SessionRecord, Usage } from '../../machines/session.ts'
import { isClosed, type TaskStatus, type ThreadStanding } from '../../machines/statuses.ts'
import { runProgram } from '../process/spawn.ts'
import { isUnder, parentId } from '../ids.ts'
import type { StageRecord, TasksFile } from '../store/tasks/schema.ts'
import type { StreamPaths } from '../paths.ts'
import type { Target } from '../threads/find-task.ts'
import type { ThreadFacts } from '../threads/thread.ts'
import { usageOf } from '../threads/usage.ts'
import { standingOf } from '../threads/standing.ts'

/** A thread as shown for approval. */
interface ReviewedThread {
  id: string
  name: string
  status: ThreadStanding
  reason: string | null
  agent: string | null
  attempts: number
  /** Total duration of its sessions in milliseconds, up to now for a running one. */
  duration: number
  usage: Usage
  /** The last session, which shows how it ended. */
  last: SessionRecord | undefined
  /** The agents' reports, by task. */
  reports: { task: string; name: string; report: string }[]
  /** Unfinished tasks. */
  open: { task: string; name: string; status: TaskStatus }[]
}

/** A changed file. `added` and `removed` count lines; null for a binary file. */
interface ChangedFile {
  path: string
  added: number | null
  removed: number | null
  /** git does not track it. */
  untracked?: true
}

/** Changes in the working tree since a stage began. */
type Changes =
  | {
      type: 'known'
      commit: string
      /** There were uncommitted changes at the start: they are included. */
      dirty: boolean
      files: ChangedFile[]
    }
  | { type: 'unknown'; why: string }

/** The results of a stage or a thread. */
export interface Review {
  target: Target & { name: string }
  threads: ReviewedThread[]
  totals: { completed: number; attempts: number; duration: number; usage: Usage }
  changes: Changes
}

/** Collects the results of a stage or a thread. Does not throw if git can't show the changes: the review says so. */
export async function reviewOf(
  target: Target & { name: string },
  threads: readonly ThreadFacts[],
  file: TasksFile,
  stream: StreamPaths,
  env: Record<string, string>,
  now: Date,
): Promise<Review> {
  const reviewed = threads
    .filter(({ id }) => isUnder(id, target.id))
    .map((thread) => reviewThread(thread, now))
  const stage = parentId(target.id, 'stage')
  return {
    target,
    threads: reviewed,
    totals: {
      completed: reviewed.filter(({ status }) => status === 'completed').length,
      attempts: reviewed.reduce((sum, thread) => sum + thread.attempts, 0),
      duration: reviewed.reduce((sum, thread) => sum + thread.duration, 0),
      usage: usageOf(reviewed),
    },
    changes: await changesSince(file.stages?.[stage], stream, env),
  }
}

function reviewThread(thread: ThreadFacts, now: Date): ReviewedThread {
  const { id, name, sessions, tasks } = thread
  const last = sessions.at(-1)
  return {
    id,
    name,
    ...standingOf(thread),
    agent: last?.agentName ?? null,
    attempts: sessions.length,
    duration: sessions.reduce((sum, session) => sum + durationOf(session, now), 0),
    usage: usageOf(sessions),
    last,
    reports: tasks.flatMap((task) =>
      task.report === undefined ? [] : [{ task: task.id, name: task.name, report: task.report }],
    ),
    open: tasks
      .filter(({ status }) => !isClosed(status))
      .map((task) => ({ task: task.id, name: task.name, status: task.status })),
  }
}

function durationOf({ startedAt, completedAt }: SessionRecord, now: Date): number {
  const end = completedAt === undefined ? now.getTime() : Date.parse(completedAt)
  const ms = end - Date.parse(startedAt)
  return Number.isFinite(ms) ? Math.max(0, ms) : 0
}

async function changesSince(
  start: StageRecord | undefined,
  stream: StreamPaths,
  env: Record<string, string>,
): Promise<Changes> {
  if (start === undefined) return { type: 'unknown', why: 'the commit at its start was not recorded' }
  if (start.commit === undefined) return { type: 'unknown', why: 'there was no commit when it began' }
  const git = gitIn(stream, env)
  const found = await git('cat-file', '-e', `${start.commit}^{commit}`)
  if (found.failure !== undefined) return { type: 'unknown', why: 'git is not installed' }
  if (found.exitCode !== 0) return { type: 'unknown', why: `git no longer has commit ${start.commit}` }
  const tracked = await git(
    'diff',
    '--numstat',
    '-z',
    '--no-renames',
    '--relative',
    start.commit,
    ...scope(stream),
  )
  const untracked = await git('ls-files', '-z', '--others', '--exclude-standard', ...scope(stream))
  if (tracked.exitCode !== 0 || untracked.exitCode !== 0) {
    return { type: 'unknown', why: `git failed: ${(tracked.stderr || untracked.stderr).trim()}` }
  }
  const files = [
    ...entriesOf(tracked.stdout).map(readNumstat),
    ...entriesOf(untracked.stdout).map((path): ChangedFile => ({
      path,
      added: null,
      removed: null,
      untracked: true,
    })),
  ]
  return { type: 'known', commit: start.commit, dirty: start.dirty === true, files }
}

/** The changes as shown by git, without untracked files; null if git can't show them. */
export async function diffSince(
  commit: string,
  stream: StreamPaths,
  env: Record<string, string>,
): Promise<string | null> {
  const diff = await gitIn(stream, env)(
    'diff',
    '--no-color',
    '--no-ext-diff',
    '--relative',
    commit,
    ...scope(stream),
  )
  return diff.exitCode === 0 ? diff.stdout : null
}

function gitIn({ root }: StreamPaths, env: Record<string, string>) {
  return (...args: string[]) => runProgram('git', args, { cwd: root, env })
}

/** Everything except what `work` itself keeps. */
function scope({ root, folder }: StreamPaths): string[] {
  const work = relative(root, folder).split(sep)[0] ?? 'work'
  return ['--', '.', `:(exclude)${work}`]
}

function entriesOf(text: string): string[] {
  return text.split('\0').filter((entry) => entry !== '')
}

function readNumstat(entry: string): ChangedFile {
  const [added = '', removed = '', ...path] = entry.split('\t')
  return { path: path.join('\t'), added: lineCount(added), removed: lineCount(removed) }
}

/** null for a binary file. */
function lineCount(text: string): number | null {
  return text === '-' ? null : Number(text)
}
