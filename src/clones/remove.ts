import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { listNames } from '../files/list-names.ts'
import type { Workspace } from '../paths.ts'
import { listSome } from '../text/list-some.ts'
import { isAncestor } from './refs.ts'
import { gitIn, type Git } from './git.ts'
import { listIgnored, newIgnored, pathOfIgnored } from './ignored.ts'
import { readMark, type CloneMark } from './mark.ts'
import { removeTree } from './remove-tree.ts'
import { headOf, isReachable, otherTips } from './save.ts'
import { clonesFolder, keptRef, type CloneSite } from './site.ts'
import { captureFiles, submodulesIn } from './snapshot.ts'
import { stateOf } from './soundness.ts'
import { sizeOfTree } from './tree-size.ts'

/** What is in the clone of a thread, and whether it can be removed. */
export interface CloneReport {
  exists: boolean
  /** Disk space that is used by it alone. */
  bytes: number
  /** Why its removal would lose something, as sentences; empty: all of it is in the main repository. */
  unsaved: string[]
  /** Ignored files and folders that are new or changed since it was prepared: they are never saved. */
  left: string[]
}

export interface RemovedClone extends CloneReport {
  /** Whether it is gone. */
  isRemoved: boolean
}

/** A folder in `work/.trees`. */
export interface ListedClone {
  name: string
  /** Absolute. */
  folder: string
  /**
   * `clone`: of a thread; `making`, `removing`: what a preparation or a removal works on, or has left when it was killed;
   * `foreign`: anything else.
   */
  type: 'clone' | 'making' | 'removing' | 'foreign'
  mark?: CloneMark | undefined
}

/** Finds out what a removal of a thread's clone would lose. Changes nothing but objects of git in the clone. */
export async function inspectClone(
  site: CloneSite,
  { env }: { env: NodeJS.ProcessEnv },
): Promise<CloneReport> {
  const state = stateOf(site)
  if (state.type === 'none') return { exists: false, bytes: 0, unsaved: [], left: [] }
  const bytes = await sizeOfTree(site.folder)
  if (state.type !== 'sound') return { exists: true, bytes, unsaved: [state.flaw], left: [] }
  const clone = gitIn(site.folder, env)
  // No session has begun in a clone without its files.
  if (state.mark.stage === 'made') return { exists: true, bytes, unsaved: [], left: [] }
  const unsaved = await unsavedIn(site, gitIn(site.root, env), clone)
  const left = newIgnored(state.mark.ignored ?? [], await listIgnored(clone)).map(pathOfIgnored)
  return { exists: true, bytes, unsaved, left }
}

/**
 * Removes the clone of a thread, if everything in it is saved: in the main repository, below `refs/work` or in the
 * workstream's branch. Files that git ignores and that are new keep it, unless `force`. A repetition finishes a removal
 * that was killed. Nothing of the thread may be running.
 */
export async function removeClone(
  site: CloneSite,
  { force, env }: { force: boolean; env: NodeJS.ProcessEnv },
): Promise<RemovedClone> {
  const removing = `${site.folder}.removing`
  await removeTree(removing)
  const report = await inspectClone(site, { env })
  if (report.unsaved.length > 0 || (report.left.length > 0 && !force)) return { ...report, isRemoved: false }
  if (report.exists) renameSync(site.folder, removing)
  await removeTree(removing)
  return { ...report, isRemoved: true }
}

/** All folders in `work/.trees`, also those that `work` did not make. */
export function listClones(workspace: Pick<Workspace, 'work'>): ListedClone[] {
  const trees = clonesFolder(workspace)
  return listNames(trees)
    .filter((name) => name !== '.gitignore')
    .toSorted()
    .map((name) => {
      const folder = join(trees, name)
      const mark = readMark(folder)
      if (name.endsWith('.making')) return { name, folder, type: 'making', mark }
      if (name.endsWith('.removing')) return { name, folder, type: 'removing', mark }
      return mark === undefined ? { name, folder, type: 'foreign' } : { name, folder, type: 'clone', mark }
    })
}

async function unsavedIn(site: CloneSite, main: Git, clone: Git): Promise<string[]> {
  const head = await headOf(clone, site)
  const { tree, nested } = await captureFiles(clone)
  const reasons: string[] = []
  if (
    !(await isSaved(site, main, {
      head,
      tree,
      isClean: tree === (await clone.text('rev-parse', `${head}^{tree}`)),
    }))
  )
    reasons.push('Its last state is not saved in the main repository.')
  const others = await otherTips(main, clone, head)
  if (others.length > 0)
    reasons.push(
      `Commits are only here: ${listSome(others.map(({ name }) => name.replace(/^heads\//, 'branch ')))}.`,
    )
  const all = [...nested, ...(await changedSubmodules(clone))]
  if (all.length > 0) reasons.push(`Repositories inside of it are not saved: ${listSome(all)}.`)
  return reasons
}

/** Whether a commit that the main repository keeps has these files, on top of this HEAD. */
async function isSaved(
  site: CloneSite,
  main: Git,
  { head, tree, isClean }: { head: string; tree: string; isClean: boolean },
): Promise<boolean> {
  const below = keptRef(site, '')
  if (
    isClean &&
    ((await isReachable(main, head, below)) || (await isAncestor(main, head, `refs/heads/${site.into}`)))
  )
    return true
  const kept = await main.text('for-each-ref', '--format=%(tree) %(objectname)', below)
  for (const line of kept.split('\n')) {
    const [keptTree, commit = ''] = line.split(' ')
    if (keptTree === tree && (await isAncestor(main, head, commit))) return true
  }
  return false
}

/** Submodules with changes, or at a commit that is not the recorded one. */
async function changedSubmodules(clone: Git): Promise<string[]> {
  if ((await submodulesIn(clone)).length === 0) return []
  const { stdout } = await clone.run([
    'status',
    '--porcelain=v2',
    '-z',
    '--untracked-files=no',
    '--ignore-submodules=none',
  ])
  return stdout
    .split('\0')
    .flatMap((entry) => /^[12] .. S(?:C|.M|..U)\S* (?:\S+ ){5}(.*)$/s.exec(entry)?.[1] ?? [])
}
