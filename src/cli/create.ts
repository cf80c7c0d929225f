import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { WorkError } from '../errors.ts'
import { planTemplate } from '../plan/template.ts'
import { writeWhole } from '../store/atomic.ts'
import { nextStreamId, numberOf, type StreamEntry, type WorkIndex } from '../store/index-file.ts'
import { streamPaths } from '../workspace.ts'
import { now, openRepository, type CommonOptions } from './context.ts'
import { print, printJson } from './output.ts'

export interface CreateOptions extends CommonOptions {
  name?: string
  stages: number
}

/** `work create`: a new workstream with a plan to fill in. It becomes the current one if none is. */
export async function create(argument: string | undefined, options: CreateOptions): Promise<void> {
  const name = requireName(argument, options.name)
  const { workspace, index } = openRepository(options)
  const { entry, isCurrent } = await index.commit((file) => register(file, name))
  const stream = streamPaths(workspace, entry.id)
  // A folder that is there already may hold a plan that somebody wrote; it stays.
  if (!existsSync(stream.plan)) {
    const date = entry.created_at.slice(0, 10)
    await writeWhole(
      stream.plan,
      planTemplate({ name, streamId: entry.id, date, stages: options.stages, version: WORK_VERSION }),
    )
  }
  const plan = relative(workspace.root, stream.plan)
  if (options.json === true) return printJson({ id: entry.id, name, plan, current: isCurrent })
  print([
    `Created workstream ${entry.id}${isCurrent ? ', which is the current one now' : ''}.`,
    `Write its plan: ${plan}`,
    `  → ${isCurrent ? '' : `work current --set ${entry.id}, then `}work validate plan, then work approve plan`,
  ])
}

function requireName(argument: string | undefined, option: string | undefined): string {
  if (argument !== undefined && option !== undefined && argument !== option) {
    throw new WorkError(`Two names are given: "${argument}" and "${option}".`, { code: 'usage' })
  }
  const name = argument ?? option
  if (name === undefined) {
    throw new WorkError('What is the workstream to be called?', {
      code: 'usage',
      hint: 'work create session-tracking',
    })
  }
  if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return name
  throw new WorkError(`"${name}" can't be the name: it has to be in kebab-case.`, {
    code: 'bad-name',
    hint: `work create ${kebab(name)}`,
  })
}

function kebab(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '') || 'my-work'
  )
}

function register(index: WorkIndex, name: string): { entry: StreamEntry; isCurrent: boolean } {
  const taken = index.streams.find((stream) => stream.name === name)
  if (taken !== undefined) {
    throw new WorkError(`There is a workstream "${name}" already: ${taken.id}.`, {
      code: 'stream-exists',
      hint: `work current --set ${taken.id}, or another name`,
    })
  }
  const at = now().toISOString()
  const id = nextStreamId(index, name)
  const entry: StreamEntry = { id, name, created_at: at, updated_at: at, path: `work/${id}` }
  entry.order = numberOf(entry)
  index.streams.push(entry)
  const isCurrent = index.current_stream === undefined
  if (isCurrent) index.current_stream = id
  return { entry, isCurrent }
}
