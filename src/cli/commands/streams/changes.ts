import { counted } from '../../../text/plural.ts'
import { cleanClones } from '../../../engine/clean-clones.ts'
import { planClean } from '../../../engine/clean-plan.ts'
import { completeThreads } from '../../../engine/complete-threads.ts'
import { observeThreads } from '../../../engine/probe.ts'
import {
  filesOnlyHere,
  removeStream,
  renameStream,
  requireIdle,
  setArchived,
} from '../../../engine/streams.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { findStream } from '../../../store/index/index-file.ts'
import { openTasks } from '../../../store/tasks/tasks.ts'
import { confirm } from '../../../ui/prompt.ts'
import { listSome } from '../../../text/list-some.ts'
import { plainText } from '../../../text/sanitize.ts'
import {
  now,
  openEntry,
  openRepository,
  requireHuman,
  type CommonOptions,
  type StreamContext,
} from '../../context.ts'
import { requestOf } from '../deliver/clean.ts'
import { kebab } from './create.ts'
import { asStream, openPlanningOf, requireUnplanned } from '../planning/planning-context.ts'
import { requirePerson } from '../../interactive.ts'
import { print, printJson, say } from '../../output.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { advice, work, type CommandLine } from '../../../text/hint.ts'

export interface StreamChangeOptions extends CommonOptions {
  undo?: boolean
  yes?: boolean
  force?: boolean
}

/** `work archive`: hides a workstream from lists and makes it not current; with `--undo` shows it again. */
export async function archive(name: string, options: StreamChangeOptions): Promise<void> {
  const context = await openIdle(name, options, work('archive', name))
  const { id } = context.entry
  const at = options.undo === true ? undefined : now().toISOString()
  await setArchived(context.index, id, at)
  if (options.json === true) printJson({ id, archived: at !== undefined })
  else if (at === undefined) print([`${id} is listed again.`, { next: work('current', id) }])
  else
    print([
      advice`Archived ${id}: ${work('streams', '--all')} lists it.`,
      { next: advice`${work('archive', id, '--undo')}   to list it again` },
    ])
}

/** `work remove`: deletes a workstream with its folder, after a confirmation, and nothing that git does not have. */
export async function remove(name: string, options: StreamChangeOptions): Promise<number> {
  const context = await openIdle(name, options, work('remove', name))
  const { id } = context.entry
  const unmerged = await unmergedIn(context)
  if (unmerged.length > 0 && options.force !== true) throw wouldDrop(id, unmerged)
  const lost = await filesOnlyHere(context.stream, inheritedEnvironment(process.env))
  if (lost.length > 0 && options.force !== true) throw wouldLose(id, lost)
  if (options.yes !== true && options.force !== true) {
    requirePerson(options, `Delete ${id} and its folder?`, work('remove', id, '--yes'))
    if (!(await confirm(`Delete ${id} and its folder? git has all its files.`))) {
      say('Nothing was changed.')
      return exitCodes.unfinished
    }
  }
  const { isolation } = context.tasks.read()
  await removeClones(context, unmerged)
  await removeStream(context.workspace, context.index, id)
  if (options.json === true) printJson({ id, removed: true })
  else print([`Removed ${id}.`, ...(isolation?.mode === 'clone' ? [describeRest(isolation.branch)] : [])])
  return 0
}

/** The threads with clones whose work is not merged. */
async function unmergedIn({ tasks, stream }: StreamContext): Promise<string[]> {
  const clones = await planClean(tasks.read(), stream)
  return clones.flatMap(({ thread, state }) => (thread !== null && state === 'unmerged' ? [thread] : []))
}

/** Removes all clones of a workstream. Work that is not merged is kept below `refs/work` first. */
async function removeClones(context: StreamContext, unmerged: string[]): Promise<void> {
  const { tasks, stream } = context
  const request = requestOf(context, { force: true })
  await completeThreads({ ...request, threadIds: unmerged, report: undefined })
  const clones = (await planClean(tasks.read(), stream)).filter(({ thread }) => thread !== null)
  const kept = (await cleanClones(clones, request)).filter(({ action }) => action === 'keep')
  const [first] = kept
  if (first === undefined) return
  throw new WorkError(`The clone ${first.name} can't be removed: ${first.reasons.join(' ')}`, {
    code: 'clones-left',
    hint: work('clean', '--dry-run'),
    exitCode: exitCodes.unfinished,
  })
}

function describeRest(branch: string): string {
  const name = branch.replace(/^workstream\//, '')
  return `In git ${branch} and refs/work/${name} stay as they are.`
}

function wouldDrop(id: string, unmerged: readonly string[]): WorkError {
  return new WorkError(
    `The work of ${listSome([...unmerged])} is not merged, so nothing was deleted: ${id} has clones with it.`,
    {
      code: 'work-unmerged',
      hint: advice`${work('merge')} merges it, and ${work('remove', id, '--force')} keeps it only below refs/work.`,
      exitCode: exitCodes.unfinished,
    },
  )
}

/** `work rename`: gives a workstream another name; its number stays. */
export async function rename(name: string, words: string, options: StreamChangeOptions): Promise<void> {
  const context = await openIdle(name, options, work('rename', name, words))
  const slug = kebab(words)
  const other = context.index
    .read()
    .streams.find((entry) => entry.name === slug && entry.id !== context.entry.id)
  if (other !== undefined) {
    throw new WorkError(`There is a workstream "${slug}" already: ${other.id}.`, {
      code: 'stream-exists',
      hint: 'Choose another name.',
    })
  }
  const { workspace, index, entry } = context
  const renamed = await renameStream(workspace, index, { id: entry.id, name: slug }, (stream) =>
    openTasks(stream, now),
  )
  if (options.json === true) printJson({ id: renamed.id, name: renamed.name, before: entry.id })
  else print([`Renamed ${entry.id} to ${renamed.id}.`])
}

/** A workstream that nothing runs. Agents do not change workstreams. */
async function openIdle(
  name: string,
  options: StreamChangeOptions,
  typed: CommandLine,
): Promise<StreamContext> {
  requireHuman('changing workstreams', typed)
  const repository = openRepository(options)
  const context = openEntry(repository, findStream(repository.index.read(), name))
  const place = openPlanningOf(context)
  for (const { stream, tasks } of [context, asStream(place)]) {
    await requireIdle(stream, await observeThreads(tasks, stream, now), typed)
  }
  await requireUnplanned(place)
  return context
}

function wouldLose(id: string, lost: readonly string[]): WorkError {
  const shown = lost.slice(0, 8).map((path) => plainText(`  ${path}`))
  const rest = lost.length - shown.length
  return new WorkError(
    [
      `git does not have ${counted(lost.length, 'file')} of ${id}, so nothing was deleted:`,
      ...shown,
      ...(rest > 0 ? [`  and ${rest} more`] : []),
    ].join('\n'),
    {
      code: 'not-in-git',
      hint: advice`Commit them, or ${work('remove', id, '--force')} to delete them for good. ${work('archive', id)} only hides it.`,
      exitCode: exitCodes.unfinished,
    },
  )
}
