import type { LandPlan } from '../../../clones/land-plan.ts'
import { listSome } from '../../../text/list-some.ts'
import { counted } from '../../../text/plural.ts'
import { oneLine, plainText } from '../../../text/sanitize.ts'
import type { OutputLine } from '../../output.ts'
import { describeFiles } from './changed-files.ts'

/** Commits that are listed; the rest is counted. */
const mostCommits = 20

/** The commits that are landed, and the files that they change. */
export function describeLandPlan({ source, branch, kind, commits, files }: LandPlan): string[] {
  if (commits.length === 0) return []
  const how = {
    nothing: '',
    'fast-forward': ' (fast-forward)',
    merge: ' by a merge',
    squash: ' as one commit',
  }[kind]
  const shown = commits
    .slice(0, mostCommits)
    .map(({ id, subject }) => `  ${id.slice(0, 7)} ${oneLine(subject)}`)
  const rest = commits.length - shown.length
  return [
    `${counted(commits.length, 'commit')} of ${source} for ${branch ?? 'HEAD'}${how}:`,
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    ...(files.length === 0 ? [] : ['', ...describeFiles(files)]),
  ]
}

/** How many threads are merged and so part of it, if not all are. */
export function describeMerged({ threads, unmerged }: { threads: number; unmerged: string[] }): string[] {
  if (unmerged.length === 0) return []
  const merged = threads - unmerged.length
  return [
    `${merged} of ${counted(threads, 'thread')} ${merged === 1 ? 'is' : 'are'} merged; not in it: ${listSome(unmerged, 6)}.`,
  ]
}

/** Why it is refused. */
export function describeRefusals({ refusals }: LandPlan): OutputLine[] {
  return [
    'It would be refused:',
    ...refusals.flatMap(({ message, hint }) => [
      plainText(`  ${message}`),
      ...(hint === undefined ? [] : [{ next: hint }]),
    ]),
  ]
}
