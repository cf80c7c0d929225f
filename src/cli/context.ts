import { WorkError } from '../errors.ts'
import {
  findStream,
  openIndex,
  type IndexStore,
  type StreamEntry,
  type WorkIndex,
} from '../store/index/index-file.ts'
import { openTasks, type TasksStore } from '../store/tasks/tasks.ts'
import { findWorkspace } from '../store/repository.ts'
import { streamPaths, type StreamPaths, type Workspace } from '../paths.ts'
import { advice, work, type HintSource } from '../text/hint.ts'

export { readPlanText, readTasksMd } from '../approval/plan-file.ts'

/** Options that every command takes. */
export interface CommonOptions {
  stream?: string
  repoRoot?: string
  json?: boolean
  quiet?: boolean
  color?: boolean
  pager?: boolean
  /** Logs decisions and actions to standard error. */
  verbose?: boolean
}

/** The repository that a command is about. */
export interface RepositoryContext {
  workspace: Workspace
  index: IndexStore
}

/** The workstream that a command is about. */
export interface StreamContext extends RepositoryContext {
  entry: StreamEntry
  stream: StreamPaths
  tasks: TasksStore
}

/** The clock of all commands. */
export function now(): Date {
  return new Date()
}

/** Finds the repository: `--repo-root`, else the one that a session was started for, else the one around this folder. */
export function openRepository(options: CommonOptions): RepositoryContext {
  const workspace = findWorkspace(process.cwd(), options.repoRoot ?? process.env['WORK_ROOT'], process.env)
  return { workspace, index: openIndex(workspace, now) }
}

/** Finds the workstream: `--stream`, else the one that a session was started for, else the current one. */
export function openStream(options: CommonOptions): StreamContext {
  const { workspace, index } = openRepository(options)
  const entry = chooseStream(index.read(), options)
  return openEntry({ workspace, index }, entry)
}

/** The same for a workstream that is known. */
export function openEntry({ workspace, index }: RepositoryContext, entry: StreamEntry): StreamContext {
  const stream = streamPaths(workspace, entry.id)
  return { workspace, index, entry, stream, tasks: openTasks(stream, now, isAgent()) }
}

/** The same workstream with what index.json says of it now. */
export function refresh(context: StreamContext): StreamContext {
  return { ...context, entry: findStream(context.index.read(), context.entry.id) }
}

/** The workstream that options, session or index.json name; undefined when none of them does. */
export function namedStream(index: WorkIndex, options: CommonOptions): StreamEntry | undefined {
  const asked = options.stream === 'current' ? undefined : options.stream
  const name = asked ?? (process.env['WORK_STREAM'] || index.current_stream)
  return name === undefined ? undefined : findStream(index, name)
}

function chooseStream(index: WorkIndex, options: CommonOptions): StreamEntry {
  const entry = namedStream(index, options)
  if (entry !== undefined) return entry
  const ids = index.streams.map((stream) => stream.id)
  throw new WorkError(
    ids.length === 0
      ? 'There is no workstream yet.'
      : `No workstream is current. There are: ${ids.join(', ')}.`,
    {
      code: 'no-current-stream',
      hint:
        ids.length === 0
          ? work('create', '<name>')
          : advice`${work('current', '--set', '<id>')}, or --stream <id> with this command`,
    },
  )
}

/** Throws a `WorkError` (`human-only`) inside a session: agents do not approve their own work. */
export function requireHuman(what: string, typed: HintSource): void {
  if (!isAgent()) return
  throw new WorkError(`Access denied: ${what} is up to the user.`, {
    code: 'human-only',
    hint: advice`Ask the user to run \`${typed}\``,
  })
}

/** Whether this command was typed inside a session. */
export function isAgent(): boolean {
  return process.env['WORKSTREAM_ROLE']?.toUpperCase() === 'AGENT'
}
