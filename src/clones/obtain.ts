import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { CommitId } from '../../machines/delivery.ts'
import { advice, shell } from '../text/hint.ts'
import { gitIn, type Git } from './git.ts'
import { settleRefLock } from './left-locks.ts'
import { makeClone, placeClone, placeGitFolder } from './make.ts'
import type { CloneMark } from './mark.ts'
import type { PrepareOrder, Prepared } from './prepare-order.ts'
import { resolveCommit, shortId } from './refs.ts'
import { requireRoomFor } from './room.ts'
import { setupError } from './setup-error.ts'
import { keptRef, type CloneSite } from './site.ts'
import { stateOf } from './soundness.ts'

/** A clone with a sound git folder, whose files may still be missing. */
export interface Obtained extends Pick<Prepared, 'was' | 'notes'> {
  mark: CloneMark
}

/**
 * Takes the clone that is there; repairs its git folder, makes it of what was saved, or makes a new one. Throws a
 * `WorkError` (`clone-setup`) if something else is in its place.
 */
export async function obtainClone(site: CloneSite, order: PrepareOrder): Promise<Obtained> {
  const state = stateOf(site)
  switch (state.type) {
    case 'sound':
      return { was: 'kept', mark: state.mark, notes: [] }
    case 'foreign':
      throw setupError(
        `The place of the clone is taken: ${state.flaw}`,
        advice`Move it away: ${shell('mv', site.folder, '<elsewhere>')}`,
      )
    case 'broken':
      return repair(site, order, state.flaw)
    case 'none':
      return make(site, order)
  }
}

async function make(site: CloneSite, order: PrepareOrder): Promise<Obtained> {
  const main = gitIn(site.root, order.env)
  const tip = await tipOf(main, site)
  const saved = await lastSaved(main, site)
  mkdirSync(dirname(site.folder), { recursive: true })
  await requireRoomFor(main, tip, dirname(site.folder))
  const again = order.from === 'over' ? undefined : saved
  if (order.from === 'over' && saved !== undefined) await keepSaved(main, site, order, saved)
  const mark = {
    ...markOf(site, order),
    base: again === undefined ? tip : await baseOf(main, again.head, tip),
    ...(again !== undefined && { restore: again.commit }),
  }
  const at = again?.head ?? tip
  const { push } = order.settings
  const notes = await makeClone(site, { at, restore: again, push, mark, env: order.env, isForFiles: false })
  placeClone(site)
  if (again === undefined) return { was: 'new', mark, notes }
  return {
    was: 'again',
    mark,
    notes: [...notes, `The clone was gone. It was made again as it was saved in ${again.ref}.`],
  }
}

/** A new git folder for files that are there; they all stay as they are. */
async function repair(site: CloneSite, order: PrepareOrder, flaw: string): Promise<Obtained> {
  const main = gitIn(site.root, order.env)
  const tip = await tipOf(main, site)
  const saved = await lastSaved(main, site)
  // Compared with the tip, files that others have added since would be missing, as if they had been deleted here.
  const at = saved?.head ?? (await firstKnown(main, order.earlier ?? [])) ?? tip
  const mark: CloneMark = { ...markOf(site, order), base: await baseOf(main, at, tip), stage: 'filled' }
  const { push } = order.settings
  const notes = await makeClone(site, { at, push, mark, env: order.env, isForFiles: true })
  const aside = await placeGitFolder(site)
  const where = saved === undefined ? `commit ${shortId(at)}` : saved.ref
  notes.push(`${flaw} It has a new one, at ${where}; its files are as they were.`)
  if (aside !== undefined) notes.push(`The damaged git folder is kept in ${aside}.`)
  return { was: 'repaired', mark, notes }
}

async function firstKnown(main: Git, commits: readonly CommitId[]): Promise<CommitId | undefined> {
  for (const commit of commits) if ((await resolveCommit(main, commit)) !== undefined) return commit
  return undefined
}

function markOf(site: CloneSite, { stream, thread, attempt, token }: PrepareOrder): Omit<CloneMark, 'base'> {
  const { root, branch, into } = site
  return {
    root,
    stream,
    thread,
    branch,
    into,
    attempt,
    token,
    prepared: false,
    stage: 'made',
    isSetUp: false,
  }
}

async function tipOf(main: Git, { into }: CloneSite): Promise<CommitId> {
  const args = ['rev-parse', '--verify', '-q', `refs/heads/${into}^{commit}`]
  const { exitCode, stdout } = await main.run(args, { expects: [0, 1, 128] })
  if (exitCode === 0) return stdout.trim()
  throw setupError(
    `The branch ${into} is gone: threads of this workstream start from it.`,
    advice`Restore it: ${shell('git', 'branch', into, '<commit>')}`,
  )
}

interface LastSaved {
  ref: string
  /** The commit with all files, and the HEAD that it was made on. */
  commit: CommitId
  head: CommitId
}

/** What was saved of the thread last. */
async function lastSaved(main: Git, site: CloneSite): Promise<LastSaved | undefined> {
  const format = '--format=%(objectname) %(parent) %(refname)'
  const lines = (await main.text('for-each-ref', format, keptRef(site, '').replace(/\/$/, ''))).split('\n')
  const attempts = lines.flatMap((line) => {
    const [commit = '', head = '', ref = ''] = line.split(' ')
    const attempt = /\/(\d+)$/.exec(ref)?.[1]
    return attempt === undefined ? [] : [{ attempt: Number(attempt), commit, head, ref }]
  })
  return attempts.toSorted((one, other) => one.attempt - other.attempt).at(-1)
}

async function keepSaved(
  main: Git,
  site: CloneSite,
  { attempt }: PrepareOrder,
  saved: LastSaved,
): Promise<void> {
  const ref = keptRef(site, `${attempt}-before`)
  await settleRefLock(main, ref)
  await main.run(['update-ref', ref, saved.head])
}

async function baseOf(main: Git, head: CommitId, tip: CommitId): Promise<CommitId> {
  const { exitCode, stdout } = await main.run(['merge-base', head, tip], { expects: [0, 1, 128] })
  return exitCode === 0 ? stdout.trim() : tip
}
