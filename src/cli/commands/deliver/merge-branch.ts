import type { Conflict } from '../../../../machines/delivery.ts'
import { advanceStream } from '../../../clones/advance.ts'
import { gitIn } from '../../../clones/git.ts'
import { mergeFrom } from '../../../clones/merge.ts'
import { mergeInMemory } from '../../../clones/merge-tree.ts'
import { branchRef, isAncestor, resolveCommit } from '../../../clones/refs.ts'
import { refsName } from '../../../engine/clean-plan.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { advice, shell, work } from '../../../text/hint.ts'
import { plainText } from '../../../text/sanitize.ts'
import { now, type StreamContext } from '../../context.ts'
import { print, printJson, type OutputLine } from '../../output.ts'
import type { RunFlags } from '../run/run-threads.ts'
import { isolationIn } from './require-isolation.ts'

/** How often a merge is made again because a thread was merged in the meantime. */
const attempts = 5

/** The result of `work merge --from`, for scripts. */
type Merged =
  | { type: 'merged' | 'would-merge' | 'nothing'; commit: string | null; conflict?: undefined }
  | { type: 'conflict'; conflict: Conflict }

/**
 * `work merge --from`: merges a branch of the user's into that of the workstream, in memory: no file changes, and new
 * threads begin from it. Gives the exit code: 1 for conflicts.
 */
export async function mergeBranch(
  context: StreamContext,
  from: string,
  options: Pick<RunFlags, 'dryRun' | 'json'>,
): Promise<number> {
  const isolation = isolationIn(context)
  const { workspace, entry } = context
  const site = { root: workspace.root, into: isolation.branch, stream: refsName(isolation) }
  const result = options.dryRun === true ? await preview(site, from) : await mergeNow(site, from)
  if (options.json === true) {
    printJson({ action: 'merge', stream: entry.id, from, into: isolation.branch, ...result })
  } else print(describe(result, from, isolation.branch))
  return result.type === 'conflict' ? exitCodes.unfinished : 0
}

interface Place {
  root: string
  into: string
  stream: string
}

async function mergeNow(place: Place, from: string): Promise<Merged> {
  const env = inheritedEnvironment(process.env)
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const made = await mergeFrom(place, { from, stream: place.stream, at: now().toISOString(), env })
    if (made.type === 'unfit') throw unfitError(made.detail)
    if (made.type === 'merged') return { type: 'nothing', commit: made.commit }
    if (made.type === 'conflict') return made
    const { onto, candidate } = made
    const advanced = await advanceStream(place, { onto, candidate, env })
    if (advanced.type === 'unfit') throw unfitError(advanced.detail)
    if (advanced.type === 'advanced') return { type: 'merged', commit: candidate }
  }
  throw new WorkError(`${place.into} moved on each time that ${from} was merged into it.`, {
    code: 'branch-moved',
    hint: work('merge', '--from', from),
    exitCode: exitCodes.unfinished,
  })
}

/** What merging would do; nothing changes. */
async function preview({ root, into }: Place, from: string): Promise<Merged> {
  const main = gitIn(root, inheritedEnvironment(process.env))
  const onto = await resolveCommit(main, branchRef(into))
  const head = await resolveCommit(main, branchRef(from))
  if (onto === undefined || head === undefined)
    throw unfitError(`There is no branch ${onto === undefined ? into : from} in ${root}.`)
  if (await isAncestor(main, head, onto)) return { type: 'nothing', commit: onto }
  const result = await mergeInMemory(main, onto, head)
  if (result.type === 'clean') return { type: 'would-merge', commit: null }
  const files = result.files.map((file) => ({ ...file, with: [] }))
  return { type: 'conflict', conflict: { onto, files } }
}

function unfitError(detail: string): WorkError {
  return new WorkError(detail, {
    code: 'merge-refused',
    hint: advice`${shell('git', 'branch', '--list')} shows the branches.`,
    exitCode: exitCodes.usage,
  })
}

function describe(result: Merged, from: string, into: string): OutputLine[] {
  switch (result.type) {
    case 'nothing':
      return [`${into} has everything of ${from} already.`]
    case 'would-merge':
      return [`${from} merges into ${into} without conflicts.`]
    case 'merged':
      return [`Merged ${from} into ${into}: ${result.commit?.slice(0, 7) ?? ''}. No file was touched.`]
    case 'conflict':
      return describeConflict(result.conflict, from, into)
  }
}

function describeConflict({ files }: Conflict, from: string, into: string): OutputLine[] {
  const width = Math.max(...files.map(({ path }) => path.length))
  return [
    `${from} has conflicts with ${into}:`,
    ...files.map((file) =>
      plainText(
        `  ${file.path.padEnd(width)}  ${file.kind}${file.with.length === 0 ? '' : `, with ${file.with.join(', ')}`}`,
      ),
    ),
    'Nothing was merged, and no file was touched.',
    { next: advice`${shell('git', 'switch', from)}, then ${shell('git', 'merge', into)}   to resolve them` },
  ]
}
