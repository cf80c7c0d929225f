import { cleanClones, type CleanedClone } from '../../../engine/clean-clones.ts'
import { planClean, shownFolder, type CloneToClean } from '../../../engine/clean-plan.ts'
import { dropSavedRefs, savedRefs } from '../../../engine/saved-refs.ts'
import { observeThreads } from '../../../engine/probe.ts'
import { exitCodes } from '../../../errors.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { commandText, work } from '../../../text/hint.ts'
import { counted } from '../../../text/plural.ts'
import { requireThread } from '../../../threads/find-thread.ts'
import { formatSize } from '../../../ui/delivery.ts'
import { renderTable } from '../../../ui/table.ts'
import { now, openStream, requireHuman, type CommonOptions, type StreamContext } from '../../context.ts'
import { readId } from '../../ids.ts'
import { outputStyle, outputWidth, print, printJson, type OutputLine } from '../../output.ts'

export interface CleanOptions extends CommonOptions {
  thread?: string[]
  dryRun?: boolean
  force?: boolean
  saved?: boolean
}

/**
 * `work clean`: removes the clones of threads whose work is merged, or that the user completed, if nothing in them would
 * be lost; lists the others with why they stay. Gives the exit code: 1 if a named one stays.
 */
export async function clean(ids: readonly string[], options: CleanOptions): Promise<number> {
  const typed = work('clean')
  if (options.dryRun !== true) requireHuman('removing clones', typed)
  const context = openStream(options)
  const { tasks, stream, entry } = context
  const observed = await observeThreads(tasks, stream, now)
  const asked = [...ids, ...(options.thread ?? [])]
  const named =
    asked.length === 0
      ? undefined
      : asked.map((text) => requireThread(observed, readId(text, 'thread', options)).id)
  const isNamed = ({ thread }: CloneToClean) =>
    named === undefined || (thread !== null && named.includes(thread))
  const clones = (await planClean(tasks.read(), stream, observed)).filter(isNamed)
  const isDryRun = options.dryRun === true
  const cleaned = await cleanClones(clones, requestOf(context, options))
  const saved = options.saved === true ? await dropSaved(context, isDryRun) : null
  const keptNames = cleaned.filter(({ action }) => action === 'keep')
  if (options.json === true) {
    const shown = cleaned.map((clone) => ({ ...clone, folder: shownFolder(clone.folder, stream) }))
    printJson({ action: 'clean', stream: entry.id, dryRun: isDryRun, clones: shown, ...(saved && { saved }) })
  } else print([...describeCleaned(cleaned, isDryRun), ...describeSaved(saved, isDryRun)])
  return named !== undefined && keptNames.length > 0 ? exitCodes.unfinished : 0
}

/** What `cleanClones` is asked for by a command about this workstream. */
export function requestOf(
  { stream, tasks }: StreamContext,
  { dryRun = false, force = false }: Pick<CleanOptions, 'dryRun' | 'force'> = {},
) {
  const env = inheritedEnvironment(process.env)
  return { stream, tasks, dryRun, force, command: commandText(work('clean')), now, env }
}

/** A table of clones, and what happened to them. */
export function describeCleaned(clones: readonly CleanedClone[], isDryRun = false): OutputLine[] {
  if (clones.length === 0) return ['There are no clones.']
  const { colors } = outputStyle()
  const table = renderTable({
    columns: [
      { head: 'Clone', cell: ({ name }) => name },
      { head: 'Thread', cell: ({ thread }) => thread ?? '' },
      { head: 'State', cell: ({ state }) => state },
      { head: 'Size', cell: ({ bytes }) => formatSize(bytes), align: 'right' },
      { head: '', cell: ({ action }) => words[action] },
      { head: 'Why', cell: ({ reasons }) => reasons.join(' '), shrink: true },
    ],
    rows: clones,
    paintHead: colors.dim,
    width: outputWidth(),
  })
  const gone = clones.filter(({ action }) => action !== 'keep')
  const stay = clones.length - gone.length
  const verb = isDryRun ? 'would be removed' : 'removed'
  const sum = `${counted(gone.length, 'clone')} ${verb} (${formatSize(sizeOf(gone))}), ${stay} kept.`
  const isHeld = clones.some(({ action, left }) => action === 'keep' && left.length > 0)
  return [
    ...table,
    '',
    sum,
    ...(isDryRun && gone.length > 0 ? [{ next: work('clean') }] : []),
    ...(isHeld ? [{ next: work('clean', '--force') }] : []),
  ]
}

const words: Record<CleanedClone['action'], string> = { keep: 'kept', remove: 'goes', removed: 'removed' }

function sizeOf(clones: readonly CleanedClone[]): number {
  return clones.reduce((sum, { bytes }) => sum + bytes, 0)
}

async function dropSaved({ tasks, stream }: StreamContext, isDryRun: boolean): Promise<string[]> {
  const refs = await savedRefs(tasks.read(), stream, inheritedEnvironment(process.env))
  if (!isDryRun) await dropSavedRefs(stream, refs, inheritedEnvironment(process.env))
  return refs.map(({ name }) => name)
}

function describeSaved(saved: string[] | null, isDryRun: boolean): string[] {
  if (saved === null) return []
  const verb = isDryRun ? 'would be dropped' : 'dropped'
  return saved.length === 0
    ? ['Nothing was kept below refs/work.']
    : [`${counted(saved.length, 'saved state')} below refs/work ${verb}.`]
}
