import { existsSync, mkdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { systemCode, WorkError } from '../errors.ts'
import { planTemplate } from '../plan/template.ts'
import { writeWhole } from '../store/atomic.ts'
import { nextStreamId, numberOf, type StreamEntry, type WorkIndex } from '../store/index-file.ts'
import { withLock } from '../store/lock.ts'
import { streamPaths, type StreamPaths } from '../workspace.ts'
import { now, openRepository, type CommonOptions, type RepositoryContext } from './context.ts'
import { print, printJson } from './output.ts'

export interface CreateOptions extends CommonOptions {
  name?: string
  stages: number
}

/** Letters of a name: it is part of the names of folders and files, which have at most 255. */
const longestName = 100

/** `work create`: a new workstream with a plan to fill in. It becomes the current one if none is. */
export async function create(argument: string | undefined, options: CreateOptions): Promise<void> {
  const name = requireName(argument, options.name)
  const { workspace, index } = openRepository(options)
  const { entry, isCurrent } = await addStream({ workspace, index }, name, options.stages)
  const stream = streamPaths(workspace, entry.id)
  const plan = relative(workspace.root, stream.plan)
  if (options.json === true) return printJson({ id: entry.id, name, plan, current: isCurrent })
  print([
    `Created workstream ${entry.id}${isCurrent ? ', which is the current one now' : ''}.`,
    `Write its plan: ${plan}`,
    `  → ${isCurrent ? '' : `work current --set ${entry.id}, then `}work validate plan, then work approve plan`,
  ])
}

/** The folder first, then its entry: what is listed is there. Of what fails nothing stays. */
async function addStream(
  { workspace, index }: RepositoryContext,
  name: string,
  stages: number,
): Promise<{ entry: StreamEntry; isCurrent: boolean }> {
  // Said before the lock is taken, for that would make folders.
  refuseTaken(index.read(), name)
  return withLock(join(workspace.run, 'locks', 'create'), async () => {
    const entry = newEntry(index.read(), name)
    const undo = await makeFolder(streamPaths(workspace, entry.id), entry, stages)
    try {
      return { entry, isCurrent: await index.commit((file) => register(file, entry)) }
    } catch (error) {
      undo()
      throw error
    }
  })
}

/** Makes the folder with a plan to fill in; gives how to undo that. A folder that is there may hold a plan: it stays. */
async function makeFolder(stream: StreamPaths, { id, name, created_at }: StreamEntry, stages: number) {
  const made: string[] = []
  const undo = () => {
    for (const path of made.toReversed()) removeMade(path)
  }
  try {
    if (makeUnlessThere(stream.folder)) made.push(stream.folder)
    if (existsSync(stream.plan)) return undo
    made.push(stream.plan)
    const date = created_at.slice(0, 10)
    await writeWhole(stream.plan, planTemplate({ name, streamId: id, date, stages, version: WORK_VERSION }))
    return undo
  } catch (error) {
    undo()
    throw error
  }
}

function makeUnlessThere(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
  if (statSync(folder).isDirectory()) return false
  throw new WorkError(`work/${basename(folder)} is a file, expected a folder or nothing.`, {
    code: 'folder-taken',
    hint: `Move it away, then run the command again: mv work/${basename(folder)} work/${basename(folder)}.old`,
  })
}

/** A file, or a folder that is empty again: others may have put something there. */
function removeMade(path: string): void {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) rmdirSync(path)
    else rmSync(path, { force: true })
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
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
  if (name.length > longestName) {
    throw new WorkError(`The name has ${name.length} letters, expected at most ${longestName}.`, {
      code: 'bad-name',
      hint: `work create ${kebab(name.slice(0, 40))}`,
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

/** The entry as it would be added now. */
function newEntry(index: WorkIndex, name: string): StreamEntry {
  refuseTaken(index, name)
  const at = now().toISOString()
  const id = nextStreamId(index, name)
  const entry: StreamEntry = { id, name, created_at: at, updated_at: at, path: `work/${id}` }
  return { ...entry, order: numberOf(entry) }
}

/** Gives whether it is the current one now. */
function register(index: WorkIndex, entry: StreamEntry): boolean {
  index.streams.push(entry)
  const isCurrent = index.current_stream === undefined
  if (isCurrent) index.current_stream = entry.id
  return isCurrent
}

function refuseTaken({ streams }: WorkIndex, name: string): void {
  const taken = streams.find((stream) => stream.name === name)
  if (taken === undefined) return
  throw new WorkError(`There is a workstream "${name}" already: ${taken.id}.`, {
    code: 'stream-exists',
    hint: `work current --set ${taken.id}, or another name`,
  })
}
