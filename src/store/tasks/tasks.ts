import { existsSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { requireInside } from '../../files/inside.ts'
import type { StreamPaths } from '../../paths.ts'
import { openDocument, type DocumentStore, type LoadedFile } from '../document.ts'
import { readText, type FileName } from '../json/json-file.ts'
import { fileGone } from '../last-written.ts'
import { loadTasks, loadThreadsV1, printTasks } from './serialize.ts'
import type { TasksFile } from './schema.ts'
import { refuseDatabase } from '../version.ts'

/** The tasks of one workstream. */
export type TasksStore = DocumentStore<TasksFile>

/**
 * Opens tasks.json of a workstream; `now` stamps each write. A missing file reads as one without tasks, unless
 * `isExpected`, as in a session, whose thread must be in it: then it is a `WorkError` (`state-gone`).
 */
export function openTasks(stream: StreamPaths, now: () => Date, isExpected = false): TasksStore {
  const name = nameFile(stream, stream.tasks)
  const remembered = { last: stream.tasksLast, root: stream.root, recordsRunning }
  const { tasks, plan, tasksMd, threadsV1, prompts, logs, owners } = stream
  for (const path of [tasks, plan, tasksMd, threadsV1, prompts, logs, owners])
    requireInside(stream.root, path)
  return openDocument({
    ...name,
    lock: stream.tasksLock,
    now,
    load: (text) => {
      if (text !== undefined) return loadTasks(name, text, () => readThreadsV1(stream))
      if (isExpected) throw fileGone({ ...name, ...remembered }, existsSync(stream.tasksLast))
      return newFile(stream, name)
    },
    print: (file) => printTasks(name, file),
    keepOld: (text) => backUp(stream, text, now()),
    remembered,
  })
}

/**
 * Checks for the field that a task has while its thread's session is running. In a string its quotes would be escaped.
 */
function recordsRunning(text: string): boolean {
  return text.includes('"currentSessionId":')
}

function newFile(stream: StreamPaths, { label }: FileName): LoadedFile<TasksFile> {
  refuseDatabase(stream.folder, label)
  refuseDatabase(dirname(stream.folder), label)
  const file = { version: '2.0.0', stream_id: stream.id, last_updated: '', tasks: [], threads: {} }
  return { file: { ...schemaReference(stream), ...file }, migrated: false }
}

/** The schema path for editors; empty in a repository without schemas, which `work init` writes. */
function schemaReference({ folder, tasksSchema }: StreamPaths): { $schema?: string } {
  if (!existsSync(tasksSchema)) return {}
  return { $schema: relative(folder, tasksSchema).replaceAll(sep, '/') }
}

function readThreadsV1(stream: StreamPaths) {
  const name = nameFile(stream, stream.threadsV1)
  const text = readText(name)
  return text === undefined ? undefined : loadThreadsV1(name, text)
}

/** Keeps a file of version 1, byte for byte, as `tasks.backup-<time>.json`. */
async function backUp(stream: StreamPaths, text: string, now: Date): Promise<void> {
  const { writeWhole } = await import('../atomic-write.ts')
  const time = now.toISOString().replaceAll(/[:.]/g, '-')
  await writeWhole(join(stream.folder, `tasks.backup-${time}.json`), text)
}

function nameFile(stream: StreamPaths, path: string): FileName {
  return { path, label: relative(stream.root, path).replaceAll(sep, '/') }
}
