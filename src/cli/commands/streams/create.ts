import { existsSync, mkdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { systemCode, WorkError } from '../../../errors.ts'
import { counted } from '../../../text/plural.ts'
import { parsePlan } from '../../../plan/parse/parse.ts'
import { planTemplate } from '../../../plan/template.ts'
import { writeWhole } from '../../../store/atomic-write.ts'
import { decodeText } from '../../../files/encoding.ts'
import { readExactText } from '../../../store/json/json-file.ts'
import { nextStreamId, numberOf, type StreamEntry, type WorkIndex } from '../../../store/index/index-file.ts'
import { withLock } from '../../../store/lock.ts'
import { oneLine, plainText } from '../../../text/sanitize.ts'
import { streamPaths, type StreamPaths } from '../../../paths.ts'
import { isAgent, now, openRepository, type CommonOptions, type RepositoryContext } from '../../context.ts'
import { print, printJson, type OutputLine } from '../../output.ts'
import { advice, shell, work } from '../../../text/hint.ts'

export interface CreateOptions extends CommonOptions {
  name?: string
  stages?: number
  /** A file with the plan, or `-` for standard input. */
  from?: string
  /** Opens the plan in an editor afterwards. */
  edit?: boolean
}

/** Letters of a folder's name that are made of the words of a title. */
const longestSlug = 60

/** A workstream to create. */
export interface NewStream {
  /** In kebab-case: the name of the folder, after a number. */
  name: string
  /** The words that were typed. */
  title: string
}

/** `work create`: a new workstream, current from then on, with a plan to fill in or the one that is given. */
export async function create(argument: string | undefined, options: CreateOptions): Promise<number> {
  const named = requireName(argument, options.name)
  if (options.from !== undefined && options.stages !== undefined) {
    throw new WorkError('--from and --stages cannot be combined: the plan already has its stages.', {
      code: 'usage',
      hint: advice`${work('create', '<name>', '--from', '<file>')}, or ${work('create', '<name>', '--stages', '<n>')}`,
    })
  }
  const given = options.from === undefined ? undefined : await readPlanFrom(options.from)
  if (given !== undefined && options.edit !== true) requireSound(given)
  const { workspace, index } = openRepository(options)
  const entry = await addStream({ workspace, index }, named, { given, stages: options.stages ?? 1 })
  const stream = streamPaths(workspace, entry.id)
  const plan = relative(workspace.root, stream.plan)
  if (options.json === true) printJson({ id: entry.id, name: entry.name, plan, current: true })
  else print([`Created workstream ${entry.id} (now current).`])
  if (options.edit === true) {
    const { edit } = await import('../plan/edit.ts')
    return edit({ ...placeOf(options), stream: entry.id })
  }
  if (options.json !== true) print(nextSteps(plan, given !== undefined))
  return 0
}

function nextSteps(plan: string, isGiven: boolean): OutputLine[] {
  return isGiven
    ? [`Its plan is in ${plan}.`, { next: advice`${work('run')}   to approve it and run it` }]
    : [
        `Now write the plan: ${plan}`,
        isAgent()
          ? { next: work('validate', 'plan') }
          : { next: advice`${work('edit')}, then ${work('run')}` },
      ]
}

function placeOf({ repoRoot }: CommonOptions): CommonOptions {
  return repoRoot === undefined ? {} : { repoRoot }
}

/** The text of a plan, byte for byte. Throws a `WorkError` (`file-missing`, `plan-not-utf8`, `file-unreadable`). */
async function readPlanFrom(from: string): Promise<string> {
  if (from === '-') return readInput('plan-not-utf8')
  const text = readExactText({ path: from, label: from }, 'plan-not-utf8')
  if (text !== undefined) return text
  throw new WorkError(`${from} does not exist.`, {
    code: 'file-missing',
    hint: advice`${work('create', '<name>', '--from', '<file>')}, or --from - to read standard input`,
  })
}

/** All of standard input. Throws a `WorkError` (`notUtf8`) for one that is no text. */
export async function readInput(notUtf8: string): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
  return decodeText('standard input', Buffer.concat(chunks), notUtf8)
}

/** Throws a `WorkError` (`plan-invalid`) that lists the errors of a plan. */
function requireSound(text: string): void {
  const errors = parsePlan(text).problems.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  const shown = errors.slice(0, 10).map(({ line, message, hint }) => `line ${line}: ${message} ${hint}`)
  const rest = errors.length - shown.length
  throw new WorkError(
    [
      `The plan has ${counted(errors.length, 'error')}, so nothing was created.`,
      ...shown.map(plainText),
      ...(rest === 0 ? [] : [`and ${rest} more`]),
    ].join('\n'),
    { code: 'plan-invalid', hint: 'Add --edit to create it anyway and correct it in your editor.' },
  )
}

/** Adds a workstream. The folder first, then its entry: what is listed is there. Of what fails nothing stays. */
export async function addStream(
  { workspace, index }: RepositoryContext,
  { name, title }: NewStream,
  content: { given: string | undefined; stages: number },
): Promise<StreamEntry> {
  // Said before the lock is taken, for that would make folders.
  refuseTaken(index.read(), name)
  return withLock(workspace.locks.create, async () => {
    const entry = newEntry(index.read(), name)
    const stream = streamPaths(workspace, entry.id)
    const undo = await makeFolder(stream, content.given ?? templateFor(entry, title, content.stages))
    try {
      await index.commit((file) => register(file, entry))
      return entry
    } catch (error) {
      undo()
      throw error
    }
  })
}

function templateFor({ id, created_at }: StreamEntry, title: string, stages: number): string {
  const date = created_at.slice(0, 10)
  return planTemplate({ name: title, streamId: id, date, stages, version: WORK_VERSION })
}

/** Makes the folder with its plan; returns how to undo that. A folder that exists may hold a plan: it stays. */
async function makeFolder(stream: StreamPaths, plan: string) {
  const made: string[] = []
  const undo = () => {
    for (const path of made.toReversed()) removeMade(path)
  }
  try {
    if (makeUnlessThere(stream.folder)) made.push(stream.folder)
    if (existsSync(stream.plan)) return undo
    made.push(stream.plan)
    await writeWhole(stream.plan, plan)
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
    hint: advice`Move it away, then run the command again: ${shell('mv', `work/${basename(folder)}`, `work/${basename(folder)}.old`)}`,
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

/** A name in kebab-case is taken as it is; of any other words one is made. */
function requireName(argument: string | undefined, option: string | undefined): NewStream {
  if (argument !== undefined && option !== undefined && argument !== option) {
    throw new WorkError(`Two names are given: "${argument}" and "${option}".`, {
      code: 'usage',
      hint: work('create', '<name>'),
    })
  }
  const title = oneLine(argument ?? option ?? '')
  if (title === '') {
    throw new WorkError('Specify a name for the workstream.', {
      code: 'usage',
      hint: advice`${work('create', 'session-tracking')}, or ${work('create', 'Any words')}`,
    })
  }
  return { name: kebab(title), title }
}

/** Letters that are no letter with a mark, as they are written without them. */
const spelled: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd' }

/** `Fix the login!` → `fix-the-login`, cut after a whole word. */
export function kebab(words: string): string {
  const slug = words
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[ßæœøłđ]/g, (letter) => spelled[letter] ?? '')
    .replaceAll(/\p{Mn}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  const short = slug.length <= longestSlug ? slug : slug.slice(0, longestSlug + 1).replace(/-?[^-]*$/, '')
  return short || slug.slice(0, longestSlug) || 'work'
}

/** The entry as it would be added now. */
function newEntry(index: WorkIndex, name: string): StreamEntry {
  refuseTaken(index, name)
  const at = now().toISOString()
  const id = nextStreamId(index, name)
  const entry: StreamEntry = { id, name, created_at: at, updated_at: at, path: `work/${id}` }
  return { ...entry, order: numberOf(entry) }
}

function register(index: WorkIndex, entry: StreamEntry): void {
  index.streams.push(entry)
  index.current_stream = entry.id
}

function refuseTaken({ streams }: WorkIndex, name: string): void {
  const taken = streams.find((stream) => stream.name === name)
  if (taken === undefined) return
  throw new WorkError(`There is a workstream "${name}" already: ${taken.id}.`, {
    code: 'stream-exists',
    hint: advice`${work('current', '--set', taken.id)}, or another name`,
  })
}
