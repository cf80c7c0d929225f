import type { SessionRecord } from '../../../machines/session.ts'
import * as z from 'zod/mini'
import { WorkError } from '../../errors.ts'
import { compareIds, normalizeId } from '../../ids.ts'
import { isPathInside } from '../../files/inside.ts'
import { invalidChange, type LoadedFile } from '../document.ts'
import { jsonText } from '../json/print-json.ts'
import { describeIssue, describeValue, type Issue } from '../json/issues.ts'
import { invalidAt, invalidFile, parseJson, type FileName } from '../json/json-file.ts'
import { setDamageAside, setDamageAsideV1, withDamage } from './quarantine.ts'
import { isTasksFile, TasksFile, type Task } from './schema.ts'
import {
  addThreadsV1,
  isTasksFileV1,
  isThreadsFileV1,
  migrateTasks,
  TasksFileV1,
  ThreadsFileV1,
} from './migrate-v1.ts'
import { majorVersion, unknownVersion } from '../version.ts'

/** Parses tasks.json of any known version into validated values of version 2. */
export function loadTasks(
  name: FileName,
  text: string,
  readThreadsV1: () => ThreadsFileV1 | undefined,
): LoadedFile<TasksFile> {
  const file = parseJson(name, text)
  const major = majorVersion(file)
  if (major === 1) {
    if (!isTasksFileV1(file)) setDamageAside(file)
    if (!isTasksFileV1(file)) throw invalidFile(name, text, file, TasksFileV1)
    checkIds(name, text, file.tasks)
    const migrated = migrateTasks(file)
    checkPaths(name, text, migrated.tasks)
    takeThreadsV1(migrated, readThreadsV1)
    return { file: migrated, migrated: true }
  }
  if (major !== 2) throw unknownVersion(name.label, file, '2.0.0, or 1.0.0 to migrate')
  const migrated = !isTasksFile(file) && setDamageAside(file)
  if (!isTasksFile(file)) throw invalidFile(name, text, file, TasksFile)
  checkIds(name, text, file.tasks)
  checkPaths(name, text, file.tasks)
  const isLate = file.threads_v1_unread !== undefined && takeThreadsV1(file, readThreadsV1)
  return { file, migrated: migrated || isLate }
}

/** Adds the data of threads.json. While that file can't be read, records why. Returns whether anything was added. */
function takeThreadsV1(file: TasksFile, read: () => ThreadsFileV1 | undefined): boolean {
  delete file.threads_v1_unread
  try {
    const threads = read()
    if (threads !== undefined) addThreadsV1(file, threads)
    return threads !== undefined
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    file.threads_v1_unread = error.message
    return false
  }
}

/** Parses the ancestor's threads.json. Invalid session records are set aside. */
export function loadThreadsV1(name: FileName, text: string): ThreadsFileV1 {
  const file = parseJson(name, text)
  if (majorVersion(file) !== 1) throw unknownVersion(name.label, file, '1.0.0')
  if (!isThreadsFileV1(file)) setDamageAsideV1(file)
  if (!isThreadsFileV1(file)) throw invalidFile(name, text, file, ThreadsFileV1)
  return file
}

/** Sorts the tasks and prints the file. Throws if a change made it invalid: that is a bug of the change. */
export function printTasks({ label }: FileName, file: TasksFile): string {
  const fault = findFault(file)
  if (fault !== undefined) throw invalidChange(label, fault)
  file.tasks.sort((left, right) => compareIds(left.id, right.id))
  return jsonText(withDamage(file))
}

/** Checks a file before it is written. Takes `unknown`, because a change may have put anything there. */
function findFault(file: unknown): string | undefined {
  if (isTasksFile(file)) return padIds(file.tasks)?.text
  const { error } = z.safeParse(TasksFile, file)
  return error === undefined ? undefined : describeIssue(error, file).text
}

function checkIds({ label }: FileName, text: string, tasks: Task[]): void {
  const fault = padIds(tasks)
  if (fault !== undefined) throw invalidAt(label, text, fault.path, fault.text)
}

/** Paths in session records are read and written, so they must not lead out of the repository. */
function checkPaths({ label }: FileName, text: string, tasks: Task[]): void {
  for (const [index, { sessions = [] }] of tasks.entries()) {
    for (const [place, session] of sessions.entries()) {
      const field = outsideField(session)
      if (field === undefined) continue
      const found = describeValue(session[field])
      const words = `tasks[${index}].sessions[${place}].${field}: found ${found}, expected a path inside the repository`
      throw invalidAt(label, text, ['tasks', index, 'sessions', place, field], words)
    }
  }
}

/** The field of a session record whose path leads out of the repository; undefined if there is none. */
export function outsideField(session: Pick<SessionRecord, 'cwd' | 'log'>): 'cwd' | 'log' | undefined {
  return (['log', 'cwd'] as const).find((field) => !isPathInside(session[field] ?? '.'))
}

/** Pads the ids in place. Returns the first invalid or duplicate id. */
function padIds(tasks: Task[]): Issue | undefined {
  const indexOf = new Map<string, number>()
  for (const [index, task] of tasks.entries()) {
    const path = ['tasks', index, 'id']
    const id = normalizeId(task.id, 'task')
    if (id === undefined) {
      return {
        path,
        text: `tasks[${index}].id: found ${describeValue(task.id)}, expected the form 01.02.03.04`,
      }
    }
    const other = indexOf.get(id)
    if (other !== undefined) {
      return { path, text: `tasks[${index}] has the id ${id} of tasks[${other}], expected unique ids` }
    }
    indexOf.set(id, index)
    task.id = id
  }
  return undefined
}
