import { existsSync, readdirSync } from 'node:fs'
import { counted } from '../text/plural.ts'
import { openIndex, type StreamEntry } from '../store/index/index-file.ts'
import { openTasks, type TasksStore } from '../store/tasks/tasks.ts'
import { planningPaths, streamPaths, type StreamPaths, type Workspace } from '../paths.ts'
import { objection, ok, problem, warning, type Check } from './check.ts'
import { listSome } from '../text/list-some.ts'
import { damageIn, unreadThreads } from '../threads/integrity.ts'
import { requireSnapshot } from '../threads/snapshot.ts'
import { threadsOf, type ThreadFacts } from '../threads/thread.ts'
import { advice, shell } from '../text/hint.ts'

/** A workstream whose tasks.json can be read. */
export interface CheckedStream {
  stream: StreamPaths
  tasks: TasksStore
  threads: ThreadFacts[]
}

export interface StreamChecks {
  checks: Check[]
  /** The readable ones. */
  streams: CheckedStream[]
  /** All workstreams in index.json. */
  listed: StreamPaths[]
  /** Whether everything could be read: only then it is certain what belongs to no workstream. */
  isComplete: boolean
}

/** Checks that index.json and what it lists exist and can be read. */
export function checkStreams(workspace: Workspace, now: () => Date): StreamChecks {
  let entries: StreamEntry[]
  try {
    entries = openIndex(workspace, now).read().streams
  } catch (error) {
    const checks = [objection('index.json', 'problem', error)]
    return { checks, streams: [], listed: [], isComplete: false }
  }
  const streams: CheckedStream[] = []
  const listed = entries.map(({ id }) => streamPaths(workspace, id))
  const plannings = entries
    .map(({ id }) => planningPaths(workspace, id))
    .filter(({ tasks, folder }) => existsSync(tasks) && existsSync(folder))
  const checks = [...listed, ...plannings].flatMap((paths) => {
    const { stream, found } = readStream(paths, now)
    if (stream !== undefined) streams.push(stream)
    return found
  })
  let isComplete = streams.length === entries.length + plannings.length
  try {
    const unlisted = findUnlisted(workspace, entries)
    checks.push(...unlisted)
    isComplete &&= unlisted.length === 0
  } catch (error) {
    checks.push(objection('index.json', 'problem', error))
    isComplete = false
  }
  const readable = streams.filter(({ stream }) => !isPlanning(stream)).length
  const lost = readable === entries.length ? '' : `, ${readable} of them readable`
  const summary = ok('index.json', `${counted(entries.length, 'workstream')}${lost}`)
  return { checks: [summary, ...checks], streams, listed, isComplete }
}

/** Whether these are the records of a planning. */
export function isPlanning(paths: StreamPaths): boolean {
  return 'draft' in paths
}

function readStream(paths: StreamPaths, now: () => Date): { stream?: CheckedStream; found: Check[] } {
  const name = isPlanning(paths) ? `planning of ${paths.id}` : `stream ${paths.id}`
  if (!existsSync(paths.folder)) {
    const hint = advice`Restore it from git: ${shell('git', 'log', '--', `work/${paths.id}`)}`
    return { found: [problem(name, `its folder work/${paths.id} is missing`, hint)] }
  }
  try {
    const tasks = openTasks(paths, now)
    const threads = threadsOf(tasks.read())
    const found = threads.flatMap((thread) => checkRecords(name, thread, paths.id))
    for (const text of unreadThreads({ stream: paths, tasks })) {
      found.push(
        warning(
          name,
          text,
          advice`${shell('git', 'log', '-p', '--', `work/${paths.id}/threads.json`)} shows its earlier content.`,
        ),
      )
    }
    if (!isPlanning(paths) && !existsSync(paths.plan)) {
      found.push(warning(name, 'PLAN.md is missing', 'Write it, or restore it from git.'))
    }
    return { stream: { stream: paths, tasks, threads }, found }
  } catch (error) {
    return { found: [objection(name, 'problem', error)] }
  }
}

/** A thread whose chart can't be restored can't run; other damage stops nothing. */
function checkRecords(name: string, thread: ThreadFacts, id: string): Check[] {
  try {
    requireSnapshot(thread)
  } catch (error) {
    return [objection(name, 'problem', error)]
  }
  const hint = advice`${shell('git', 'log', '-p', '--', `work/${id}/tasks.json`)} shows its earlier content.`
  return damageIn([thread]).map((damage) => warning(name, damage, hint))
}

function findUnlisted({ work }: Workspace, entries: StreamEntry[]): Check[] {
  const folders = readdirSync(work, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^\d{3}-/.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => !entries.some(({ id }) => id === name))
  if (folders.length === 0) return []
  return [
    warning(
      'index.json',
      `does not list ${listSome(folders)}, but a folder of that name exists`,
      advice`${shell('git', 'log', '-p', '--', 'work/index.json')} shows where the entry went.`,
    ),
  ]
}
