import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { runProgram } from '../process/spawn.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { findStream, numberOf, type IndexStore, type StreamEntry } from '../store/index/index-file.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import { planningPaths, streamPaths, type StreamPaths, type Workspace } from '../paths.ts'
import { describeHolder, findRuns } from '../threads/leases.ts'
import type { ThreadFacts } from '../threads/thread.ts'
import { advice, work, type CommandLine } from '../text/hint.ts'

/** Throws a `WorkError` (`stream-busy`) while threads of a workstream are running, or a process runs them. */
export async function requireIdle(
  stream: StreamPaths,
  threads: readonly ThreadFacts[],
  typed: CommandLine,
): Promise<void> {
  const [run] = await findRuns(stream)
  const running = threads.filter(({ status }) => status === 'running').map(({ id }) => id)
  if (run === undefined && running.length === 0) return
  const why =
    run === undefined
      ? `these threads are running: ${running.join(', ')}`
      : `${describeHolder(run)} is running it`
  throw new WorkError(`${stream.id} is in use: ${why}.`, {
    code: 'stream-busy',
    hint: advice`${work('stop', '--stream', stream.id)}, then ${typed}`,
    exitCode: exitCodes.unfinished,
  })
}

/**
 * The files of a workstream, relative to the repository, that would be lost with its folder because no git commit has
 * them.
 */
export async function filesOnlyHere(
  { root, folder }: StreamPaths,
  env: Record<string, string>,
): Promise<string[]> {
  if (!existsSync(folder)) return []
  const path = relative(root, folder)
  const args = [
    'status',
    '--porcelain=v1',
    '-z',
    '--no-renames',
    '--untracked-files=all',
    '--ignored',
    '--',
    path,
  ]
  const { exitCode, stdout } = await runProgram('git', args, { cwd: root, env })
  if (exitCode !== 0) return allFiles(folder).map((file) => relative(root, file).replaceAll(sep, '/'))
  return stdout
    .split('\0')
    .filter((entry) => entry !== '' && !entry.startsWith(' D') && !entry.startsWith('D '))
    .map((entry) => entry.slice(3))
}

function allFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Hides a workstream from lists, or shows it again. A hidden workstream is no longer current. */
export function setArchived(index: IndexStore, id: string, at: string | undefined): Promise<StreamEntry> {
  return index.commit((file) => {
    const entry = findStream(file, id)
    if (at === undefined) delete entry.archived_at
    else entry.archived_at = at
    if (at !== undefined && file.current_stream === entry.id) delete file.current_stream
    return entry
  })
}

/**
 * Removes a workstream from index.json, then deletes its folder. The caller has checked that nothing is lost with it.
 */
export async function removeStream(workspace: Workspace, index: IndexStore, id: string): Promise<void> {
  const { folder } = streamPaths(workspace, id)
  await index.commit((file) => {
    file.streams = file.streams.filter((entry) => entry.id !== id)
    if (file.current_stream === id) delete file.current_stream
  })
  rmSync(folder, { recursive: true, force: true })
}

/**
 * Renames a workstream; its folder is `NNN-name`. First the folder, then its contents, then index.json. After a crash
 * in between, the same call completes the rename.
 */
export async function renameStream(
  workspace: Workspace,
  index: IndexStore,
  { id, name }: { id: string; name: string },
  openTasks: (stream: StreamPaths) => TasksStore,
): Promise<StreamEntry> {
  const entry = findStream(index.read(), id)
  const next = `${String(numberOf(entry)).padStart(3, '0')}-${name}`
  const [before, after] = [streamPaths(workspace, entry.id), streamPaths(workspace, next)]
  if (existsSync(before.folder)) {
    if (existsSync(after.folder)) throw taken(workspace, after)
    renameSync(before.folder, after.folder)
  }
  if (existsSync(before.approvedPlan)) renameSync(before.approvedPlan, after.approvedPlan)
  for (const place of [after, planningPaths(workspace, next)]) {
    if (!existsSync(place.tasks)) continue
    await openTasks(place).commit((file) => {
      file.stream_id = next
      const records = file.tasks.flatMap(({ sessions = [] }) => sessions)
      for (const record of records) {
        if (record.log !== undefined) record.log = moved(record.log, before, after)
      }
    })
  }
  return index.commit((file) => {
    const renamed = findStream(file, entry.id)
    Object.assign(renamed, { id: next, name, path: `work/${next}` })
    if (file.current_stream === entry.id) file.current_stream = next
    return renamed
  })
}

function moved(path: string, before: StreamPaths, after: StreamPaths): string {
  const [from, to] = [before, after].map(({ root, folder }) => relative(root, folder).replaceAll(sep, '/'))
  return path.startsWith(`${from}/`) ? `${to}${path.slice(from?.length)}` : path
}

function taken({ root }: Workspace, { folder }: StreamPaths): WorkError {
  return new WorkError(`${relative(root, folder)} already exists.`, {
    code: 'folder-taken',
    hint: 'Move it away, or choose another name.',
  })
}
