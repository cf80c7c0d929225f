import { existsSync } from 'node:fs'
import { renderSummary } from '../../../ui/status.ts'
import { openRepository, type CommonOptions } from '../../context.ts'
import { print, printJson } from '../../output.ts'
import { lookAtStreams, statusOptions } from './status.ts'
import { WorkError } from '../../../errors.ts'
import { advice, work } from '../../../text/hint.ts'

/**
 * `work` alone: where the current workstream is and what is next; false where there is nothing to show, as outside of a
 * repository that uses `work`.
 */
export async function overview(options: CommonOptions): Promise<boolean> {
  if (!hasStreams(options)) return false
  const looks = await lookAtStreams(options, () => undefined)
  if (options.json === true) {
    printJson({ streams: looks.map(({ view }) => view) })
    return true
  }
  const lines = looks.flatMap(({ view, next }, index) => [
    ...(index === 0 ? [] : ['']),
    ...renderSummary(view, statusOptions()),
    ...(next.length === 0 ? [] : ['', ...next]),
  ])
  print([...lines, '', advice`${work('--help')} lists the commands.`])
  return true
}

function hasStreams(options: CommonOptions): boolean {
  try {
    const { workspace, index } = openRepository(options)
    return existsSync(workspace.index) && index.read().streams.length > 0
  } catch (error) {
    if (error instanceof WorkError && error.code === 'no-repository') return false
    throw error
  }
}
