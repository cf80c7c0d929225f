import { treesIn, type Workspace } from '../paths.ts'

/** Where the work of one thread is in git. All names are recorded: they stay when a plan is renumbered or renamed. */
export interface CloneSite {
  /** The main repository, absolute. */
  root: string
  /** The thread's clone, absolute. */
  folder: string
  /** The thread's branch in its clone: `workthread/001-x/01.01.02`. */
  branch: string
  /** The workstream's branch in the main repository: `workstream/001-x`. */
  into: string
}

/** The folder of all clones of a repository: `work/.trees`. */
export function clonesFolder({ work }: Pick<Workspace, 'work'>): string {
  return treesIn(work)
}

/** The branch into which the threads of a workstream are merged. */
export function streamBranch(stream: string): string {
  return `workstream/${stream}`
}

/** The place of a thread's first session: its folder (`001-01.01.02`, in `work/.trees`) and its branch. */
export function threadNames(stream: string, thread: string): { name: string; branch: string } {
  const number = stream.split('-')[0] ?? stream
  return { name: `${number}-${thread}`, branch: `workthread/${stream}/${thread}` }
}

/**
 * The ref in the main repository that keeps something of a thread: `refs/work/001-x/01.01.02/<what>`. `what`: the
 * number of an attempt, for everything that it left; `head`, `candidate` or `dropped`.
 */
export function keptRef({ branch }: Pick<CloneSite, 'branch'>, what: string | number): string {
  return `refs/work/${threadOf({ branch })}/${what}`
}

/** The thread that a branch of a thread belongs to: `001-x/01.01.02`. */
export function threadOf({ branch }: Pick<CloneSite, 'branch'>): string {
  return branch.replace(/^workthread\//, '')
}
