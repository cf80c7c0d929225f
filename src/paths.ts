import { basename, join } from 'node:path'
import { lastNumber, parentId } from './ids.ts'

/** Every path of one repository that `work` knows. All absolute. */
export interface Workspace {
  root: string
  /** The only folder that `work` writes to, unless `work init --skills` asks for more. */
  work: string
  index: string
  agents: string
  gitignore: string
  /** JSON Schemas of the files, by which editors complete and check them. */
  schemas: string
  /** Locks, owners, the `work` that sessions find: nothing that outlives a reboot, never in git. */
  run: string
  /** The clones of isolated threads. */
  trees: string
  /** What commands decided and did, to find faults with. */
  log: string
  locks: Locks
}

/** Kernel locks of a repository, each held while one thing is changed. */
interface Locks {
  folder: string
  /** Guards index.json. */
  index: string
  /** Guards the choice of a new workstream's number. */
  create: string
  /** Guards the start and stop of the repository's opencode server. */
  opencode: string
  /** Guards the beginning of a new log file. */
  log: string
}

/** Every path of one workstream. All absolute. */
export interface StreamPaths {
  id: string
  root: string
  folder: string
  plan: string
  tasksMd: string
  tasks: string
  /** JSON Schema of tasks.json. */
  tasksSchema: string
  /** The ancestor's file of sessions, read when tasks.json is of version 1. */
  threadsV1: string
  prompts: string
  logs: string
  /** Kernel lock that guards tasks.json. */
  tasksLock: string
  /** Kernel lock that guards PLAN.md while a command adds to it. */
  planLock: string
  /** Second name of the tasks.json that `work` wrote last. */
  tasksLast: string
  /** Folder of kernel locks, one per thread that is being run, held by the process that runs it. */
  owners: string
  /** Kernel lock, held by the process that merges a thread, from the merge to the end of its verification. */
  turn: string
  /** Folder of requests to stop threads, for the processes that run them. */
  stops: string
  /** The text of PLAN.md that was approved last, for a diff. */
  approvedPlan: string
  /** What a run in the background prints. */
  background: string
}

/** The folder of all clones of a repository, in its folder `work/`. */
export function treesIn(work: string): string {
  return join(work, '.trees')
}

/** The paths of the repository whose top folder is `root`. */
export function workspaceAt(root: string): Workspace {
  const work = join(root, 'work')
  const run = join(work, '.run')
  const log = join(run, 'work.log')
  const locks = join(run, 'locks')
  return {
    root,
    work,
    index: join(work, 'index.json'),
    agents: join(work, 'agents.yaml'),
    gitignore: join(work, '.gitignore'),
    schemas: join(work, '.schema'),
    run,
    trees: treesIn(work),
    log,
    locks: {
      folder: locks,
      index: join(locks, 'index'),
      create: join(locks, 'create'),
      opencode: join(locks, 'opencode'),
      log: join(locks, basename(log)),
    },
  }
}

/** The paths of the workstream `streamId`. */
export function streamPaths(workspace: Workspace, streamId: string): StreamPaths {
  const folder = join(workspace.work, streamId)
  return {
    id: streamId,
    root: workspace.root,
    folder,
    plan: join(folder, 'PLAN.md'),
    tasksMd: join(folder, 'TASKS.md'),
    tasks: join(folder, 'tasks.json'),
    tasksSchema: schemaPath(workspace, 'tasks'),
    threadsV1: join(folder, 'threads.json'),
    prompts: join(folder, 'prompts'),
    logs: join(folder, 'logs'),
    tasksLock: join(workspace.locks.folder, `${streamId}.tasks`),
    planLock: join(workspace.locks.folder, `${streamId}.plan`),
    tasksLast: join(workspace.run, 'last', `${streamId}.tasks.json`),
    owners: join(workspace.run, 'owners', streamId),
    turn: join(workspace.run, 'turns', streamId),
    stops: join(workspace.run, 'stops', streamId),
    approvedPlan: join(workspace.run, 'approved', `${streamId}.PLAN.md`),
    background: join(workspace.run, 'runs', `${streamId}.log`),
  }
}

/** Every path of the planning of a workstream, in addition to those of its session. All absolute. */
export interface PlanningPaths extends StreamPaths {
  /** PLAN.md of the workstream: what the draft becomes. */
  plan: string
  /** What the planning agent writes. */
  draft: string
  /** The problems of a draft that stays invalid. */
  problems: string
  /** Folder of the versions of the plan. */
  versions: string
  /** Kernel lock, held by the command that plans. */
  owner: string
}

/**
 * The paths of the planning of a workstream. Its session is recorded as that of a thread, in a file and with locks of its
 * own: no command about threads takes it for one of the plan.
 */
export function planningPaths(workspace: Workspace, streamId: string): PlanningPaths {
  const stream = streamPaths(workspace, streamId)
  const folder = join(stream.folder, 'planning')
  const run = join(workspace.run, 'planning', streamId)
  return {
    ...stream,
    folder,
    tasks: join(folder, 'state.json'),
    tasksMd: join(folder, 'TASKS.md'),
    threadsV1: join(folder, 'threads.json'),
    prompts: join(folder, 'prompts'),
    logs: join(folder, 'logs'),
    tasksLock: join(workspace.locks.folder, `${streamId}.planning`),
    tasksLast: join(run, 'last.json'),
    owners: join(run, 'owners'),
    turn: join(run, 'turn'),
    stops: join(run, 'stops'),
    background: join(run, 'background.log'),
    draft: join(stream.folder, 'PLAN.draft.md'),
    problems: join(stream.folder, 'PLAN.draft.problems.txt'),
    versions: join(folder, 'versions'),
    owner: join(run, 'owner'),
  }
}

/** The files that have a JSON Schema. */
export const schemaNames = ['tasks', 'index', 'agents'] as const
export type SchemaName = (typeof schemaNames)[number]

/** The path of the JSON Schema of a file in a repository. */
export function schemaPath({ schemas }: Workspace, name: SchemaName): string {
  return join(schemas, `${name}.schema.json`)
}

/** Names that a prompt file's path is made from. */
export interface ThreadNames {
  id: string
  stage: string
  batch: string
  thread: string
}

/** The path of a thread's prompt: `prompts/01-setup/02-core/03-parser.md` below the stream's folder. */
export function promptPath(stream: StreamPaths, names: ThreadNames): string {
  return join(
    stream.prompts,
    numbered(parentId(names.id, 'stage'), names.stage),
    numbered(parentId(names.id, 'batch'), names.batch),
    `${numbered(names.id, names.thread)}.md`,
  )
}

function numbered(id: string, name: string): string {
  return `${String(lastNumber(id)).padStart(2, '0')}-${slug(name)}`
}

function slug(name: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    // The lookbehind keeps the time in proportion to the length: a run of dashes is tried once.
    .replaceAll(/^-+|(?<!-)-+$/g, '')
  return words.slice(0, 60) || 'unnamed'
}
