import { observeFile } from '../../../engine/probe.ts'
import { viewStream } from '../../../threads/status.ts'
import { statusPaint, statusWord } from '../../../ui/style.ts'
import { renderTable } from '../../../ui/table.ts'
import { now, openEntry, openRepository, type CommonOptions } from '../../context.ts'
import { outputStyle, outputWidth, printJson, say } from '../../output.ts'
import { printPaged } from '../../pager.ts'
import { work } from '../../../text/hint.ts'

export interface StreamsOptions extends CommonOptions {
  /** Archived ones, too. */
  all?: boolean
}

/** `work streams`: the workstreams of the repository, with their progress; the current one is marked. */
export async function streams(options: StreamsOptions): Promise<void> {
  const repository = openRepository(options)
  const index = repository.index.read()
  const entries = index.streams.filter(({ archived_at }) => options.all === true || archived_at === undefined)
  const views = await Promise.all(
    entries.map(async (entry) => {
      const { tasks, stream } = openEntry(repository, entry)
      const { threads } = await observeFile(tasks, stream, now)
      const look = { sessions: false, restart: undefined, choice: { within: [], failed: false } }
      const { id, name, status, percent, threadCount } = viewStream(entry, threads, look)
      const completed = threads.filter(({ tasks: all }) => all.every((task) => task.status === 'completed'))
      return {
        id,
        name,
        status,
        percent,
        threads: threadCount,
        completed: completed.length,
        current: entry.id === index.current_stream,
        archived: entry.archived_at !== undefined,
      }
    }),
  )
  if (options.json === true) return printJson({ streams: views })
  if (views.length === 0) return say('There is no workstream yet.', { next: work('create', '<name>') })
  const style = outputStyle()
  await printPaged(
    renderTable({
      columns: [
        { cell: ({ current }) => (current ? '*' : '') },
        { head: 'Workstream', cell: ({ id }) => id, shrink: true },
        {
          head: 'Status',
          cell: ({ status, archived }) =>
            archived ? 'archived' : { text: statusWord(status), paint: statusPaint(style, status) },
        },
        { head: 'Done', cell: ({ percent }) => `${percent}%` },
        { head: 'Threads', cell: ({ completed, threads }) => `${completed}/${threads}` },
      ],
      rows: views,
      width: outputWidth(),
    }),
  )
}
