import { relative, sep } from 'node:path'
import type { SessionRecord, Usage } from '../../machines/session.ts'
import { isClosed, type TaskStatus, type ThreadStanding } from '../../machines/statuses.ts'
import { gitIn as cloneGit } from '../clones/git.ts'
import { filesBetween, readNumstat, type FileChange } from '../clones/numstat.ts'
import { partsOfList } from '../clones/refs.ts'
import { WorkError } from '../errors.ts'
import { runProgram } from '../process/spawn.ts'
import { isUnder, parentId } from '../ids.ts'
import type { IsolationRecord, StageRecord, TasksFile } from '../store/tasks/schema.ts'
import type { StreamPaths } from '../paths.ts'
import type { Target } from '../threads/find-task.ts'
import { mergedRange, notLanded } from '../threads/clone-view.ts'
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

/** Changes in the working tree since a stage began; of isolated threads, what their merges brought. */
type Changes =
  | {
      type: 'known'
      commit: string
      /** There were uncommitted changes at the start: they are included. */
      dirty: boolean
      files: FileChange[]
    }
  | {
      type: 'merged'
      /** The workstream's branch. */
      branch: string
      /** By thread, what its merge added to the branch; without those that changed nothing. */
      threads: { id: string; from: string; to: string; files: FileChange[] }[]
      /** All of them together: a file that several threads changed is there once. */
      files: FileChange[]
      /** How many threads of the workstream are merged and not landed in a branch of the user's. */
      notLanded: number
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
    changes:
      file.isolation?.mode === 'clone'
        ? await mergedChanges(
            threads.filter(({ id }) => isUnder(id, target.id)),
            file.isolation,
            notLanded(threads, file.isolation).length,
            stream,
            env,
          )
        : await changesSince(file.stages?.[stage], stream, env),
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

/** What these threads have merged, as the main repository keeps it. */
async function mergedChanges(
  threads: readonly ThreadFacts[],
  { branch }: IsolationRecord,
  left: number,
  { root }: StreamPaths,
  env: Record<string, string>,
): Promise<Changes> {
  const git = cloneGit(root, env)
  const merged: { id: string; from: string; to: string; files: FileChange[] }[] = []
  try {
    for (const thread of threads) {
      const range = mergedRange(thread)
      if (range !== undefined)
        merged.push({ id: thread.id, ...range, files: await filesBetween(git, range.from, range.to) })
    }
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    return { type: 'unknown', why: error.message }
  }
  const files = sumByPath(merged.flatMap((thread) => thread.files))
  return { type: 'merged', branch, threads: merged, files, notLanded: left }
}

function sumByPath(files: readonly FileChange[]): FileChange[] {
  const byPath = new Map<string, FileChange>()
  for (const file of files) {
    const before = byPath.get(file.path)
    byPath.set(
      file.path,
      before === undefined
        ? file
        : {
            ...file,
            added: addLines(before.added, file.added),
            removed: addLines(before.removed, file.removed),
          },
    )
  }
  return [...byPath.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1))
}

/** null if one of them is of a binary file. */
function addLines(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other
}

/** What isolated threads have merged, thread by thread, as shown by git; null if git can't show it. */
export async function diffOfMerged(
  ranges: readonly { from: string; to: string }[],
  stream: StreamPaths,
  env: Record<string, string>,
): Promise<string | null> {
  const diffs: string[] = []
  for (const { from, to } of ranges) {
    const diff = await gitIn(stream, env)('diff', '--no-color', '--no-ext-diff', from, to)
    if (diff.exitCode !== 0) return null
    diffs.push(diff.stdout)
  }
  return diffs.join('')
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
    ...readNumstat(tracked.stdout),
    ...partsOfList(untracked.stdout).map((path): FileChange => ({
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
