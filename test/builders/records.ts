import { parentId } from '../../src/ids.ts'
import type { Approval, StreamEntry, WorkIndex } from '../../src/store/index/index-file.ts'
import type { SessionRecord } from '../../machines/session.ts'
import type { Task, TasksFile } from '../../src/store/tasks/schema.ts'

const time = '2026-01-01T00:00:00.000Z'

/** A task, pending by default; its names contain its ids. */
export function task(fields: Partial<Task> & { id: string }): Task {
  const { id } = fields
  return {
    name: `Do ${id}`,
    stage_name: `Stage ${parentId(id, 'stage')}`,
    batch_name: `Batch ${parentId(id, 'batch')}`,
    thread_name: `Thread ${parentId(id, 'thread')}`,
    status: 'pending',
    created_at: time,
    updated_at: time,
    ...fields,
  }
}

/** A tasks.json of version 2; by default with two pending tasks of one thread. */
export function tasksFile(
  tasks: Task[] = [task({ id: '01.01.01.01' }), task({ id: '01.01.01.02' })],
  fields: Partial<TasksFile> = {},
): TasksFile {
  return { version: '2.0.0', stream_id: '001-demo', last_updated: time, tasks, threads: {}, ...fields }
}

/** A session of a `command` agent, completed by default. */
export function session(fields: Partial<SessionRecord> = {}): SessionRecord {
  return {
    sessionId: 'cmd_1',
    agentName: 'default',
    model: '',
    startedAt: time,
    completedAt: '2026-01-01T00:05:00.000Z',
    status: 'completed',
    attempt: 1,
    runner: 'command',
    ...fields,
  }
}

/** A workstream as index.json lists it: `001-demo` by default. */
export function streamEntry(fields: Partial<StreamEntry> = {}): StreamEntry {
  return { id: '001-demo', name: 'demo', order: 1, created_at: time, updated_at: time, ...fields }
}

/** An index.json. */
export function workIndex(streams: StreamEntry[], fields: Partial<WorkIndex> = {}): WorkIndex {
  return { version: '1.0.0', last_updated: time, streams, ...fields }
}

/** A session of a `command` agent that is running, as a run records it. */
export function runningSession(fields: Partial<SessionRecord> = {}): SessionRecord {
  return {
    sessionId: 'ses_9',
    agentName: 'default',
    model: '',
    startedAt: '2026-02-03T04:00:00.000Z',
    status: 'running',
    attempt: 1,
    runner: 'command',
    mode: 'fresh',
    token: 'token-9',
    doneWhen: 'exit',
    cwd: '.',
    log: 'work/001-demo/logs/01.01.01/1',
    ...fields,
  }
}

/** Approves what runs need: the named stages. */
export function approvedStages(...stages: string[]): Approval {
  return {
    status: 'approved',
    stages: Object.fromEntries(stages.map((stage) => [stage, { status: 'approved' }])),
  }
}
