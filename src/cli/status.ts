import { tasksWithin } from '../engine/find-task.ts'
import { observeThreads } from '../engine/observe.ts'
import type { ThreadFacts } from '../engine/thread-facts.ts'
import { needsAgents, viewStream, type StreamView } from '../engine/views.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { readAgents, type AgentsFile } from '../store/agents-file.ts'
import type { StreamEntry } from '../store/index-file.ts'
import { renderStatus } from '../ui/status.ts'
import { plainText } from '../ui/text.ts'
import type { Workspace } from '../workspace.ts'
import { warnOfDamage } from './damage.ts'
import {
  namedStream,
  now,
  openEntry,
  openRepository,
  openStream,
  type CommonOptions,
  type RepositoryContext,
} from './context.ts'
import { outputStyle, outputWidth, print, printJson, say } from './output.ts'
import { targetsOf, type ScopeOptions } from './scope.ts'

export interface StatusOptions extends CommonOptions, Pick<ScopeOptions, 'thread' | 'batch'> {
  failed?: boolean
  sessions?: boolean
  watch?: boolean
}

/** `work status`: how far a workstream is, thread by thread; all of them when none is named or current. */
export async function status(options: StatusOptions): Promise<number> {
  if (options.watch === true) return watchStatus(options)
  const streams = await lookAtStreams(options, (warning) => say(warning))
  if (options.json === true) printJson({ streams })
  else if (streams.length > 0) print(render(streams))
  else say('There is no workstream yet.', '  → work create <name>')
  return 0
}

/** Shows it again every second, until Ctrl-C. */
async function watchStatus(options: StatusOptions): Promise<number> {
  if (options.json === true || !process.stdout.isTTY) {
    throw new WorkError('--watch draws on a terminal, and this output is none.', {
      code: 'usage',
      hint: 'work status, as often as you like: it shows what is true now.',
    })
  }
  const { startWatch } = await import('../ui/watch.ts')
  const watch = startWatch({
    stream: process.stdout,
    render: async () => render(await lookAtStreams(options, () => undefined)),
  })
  process.once('SIGINT', watch.stop)
  try {
    await watch.finished
    return exitCodes.interrupted
  } finally {
    process.off('SIGINT', watch.stop)
  }
}

/** The workstreams as they stand now, with what ended since it was last recorded. */
async function lookAtStreams(options: StatusOptions, warn: (warning: string) => void): Promise<StreamView[]> {
  const repository = openRepository(options)
  const targets = targetsOf(options)
  const found: { entry: StreamEntry; threads: ThreadFacts[] }[] = []
  for (const entry of chooseStreams(repository, options)) {
    const { tasks, stream } = openEntry(repository, entry)
    const threads = await observeThreads(tasks, stream, now)
    warnOfDamage(threads, warn)
    tasksWithin(
      threads.flatMap((thread) => thread.tasks),
      targets,
    )
    found.push({ entry, threads })
  }
  const needed = found.some(({ threads }) => needsAgents(threads))
  const agents = needed ? await readAgentsIfSound(repository.workspace, warn) : undefined
  const view = {
    agents,
    sessions: options.sessions === true,
    choice: { within: targets.map(({ id }) => id), failed: options.failed === true },
  }
  return found.map(({ entry, threads }) => viewStream(entry, threads, view))
}

/** Ids are those of one workstream, so it has to be known which. */
function chooseStreams(repository: RepositoryContext, options: StatusOptions): StreamEntry[] {
  const { stream, thread, batch } = options
  if (stream !== undefined || thread !== undefined || batch !== undefined) return [openStream(options).entry]
  const index = repository.index.read()
  const named = namedStream(index, options)
  return named === undefined ? index.streams : [named]
}

/** Without a sound agents.yaml all is shown but which sessions can be resumed. */
async function readAgentsIfSound(
  { agents }: Workspace,
  warn: (warning: string) => void,
): Promise<AgentsFile | undefined> {
  try {
    return await readAgents(agents)
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    warn(plainText(`Warning: ${error.message} So it is not known which sessions can be resumed.`))
    return undefined
  }
}

function render(streams: StreamView[]): string[] {
  return renderStatus(streams, {
    style: outputStyle(),
    now: now().getTime(),
    width: outputWidth() ?? Infinity,
  })
}
