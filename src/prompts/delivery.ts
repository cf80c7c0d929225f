import type { Conflict } from '../../machines/delivery.ts'
import type { SessionRecord } from '../../machines/session.ts'
import { findThread, type Plan } from '../plan/plan.ts'
import { oneLine, withTabs } from '../text/sanitize.ts'
import type { ThreadFacts } from '../threads/thread.ts'

/** Limits of what is passed on: a prompt is read as a whole. */
const most = { files: 100, lines: 40, lineLength: 300, reportLength: 600 }

/** What an agent in a clone of its own must know about it; empty for one that works in the main working tree. */
export function workingCopy({ branch }: SessionRecord, hasSetup: boolean): string {
  if (branch === undefined) return ''
  return `## Your working copy

Your working folder is a clone of the repository that only you use, on the branch \`${branch}\`. Other agents work in clones of their own at the same time.

- Work only in this folder, with paths relative to it.
- Commit as you like. What you leave uncommitted is committed for you, and all of it is merged when you have completed your tasks. Do not push, and do not merge into other branches.
- Files that git ignores are not merged. Neither are changes below \`work/\`: report progress with the \`work\` command.
- ${hasSetup ? 'Dependencies are installed in it.' : 'Dependencies that git ignores are not in it: install them here if you need them.'}
`
}

/**
 * Why the work of a thread was not merged, and what its agent does about it; empty if there is nothing to do about it.
 * `threads`: all of the workstream, for what the others have reported.
 */
export function unmerged(thread: ThreadFacts, threads: readonly ThreadFacts[], plan: Plan): string {
  const { delivery } = thread
  const stopped = delivery?.stopped
  if (delivery === null || stopped === undefined || delivery.merged !== undefined) return ''
  const { reason, detail = '' } = stopped
  if (reason === 'conflict') {
    return delivery.conflict === undefined ? '' : conflicting(delivery.conflict, threads, plan)
  }
  if (reason === 'verify') return failedVerification(thread, detail)
  if (reason !== 'tree') return ''
  return `## Your work could not be merged

${withTabs(detail).trim()}

Correct this in your working copy, so that everything you leave can be committed and merged. Do not lose any of your work.
`
}

function conflicting({ onto, files }: Conflict, threads: readonly ThreadFacts[], plan: Plan): string {
  const listed = files.slice(0, most.files).map(({ path, kind, with: others }) => {
    const who = others.length === 0 ? '' : `, changed by ${others.join(', ')}`
    return `- \`${oneLine(path)}\` (${kind}${who})`
  })
  const rest = files.length - listed.length
  const ids = [...new Set(files.flatMap((file) => file.with))]
  const others = ids.map((id) => describeOther(id, threads, plan))
  return `## Your work conflicts with what others have merged

These files can't be merged by git:

${[...listed, ...(rest > 0 ? [`- … and ${rest} more`] : [])].join('\n')}

${others.length === 0 ? '' : `What the other threads did:\n\n${others.join('\n')}\n`}
Merge exactly this commit, which is in your clone: \`git merge ${onto}\`

- Keep what both sides intend, yours and theirs. Do not drop the work of others, and do not undo it.
- Leave no conflict markers. Run the checks of the project, then commit the merge.
`
}

/** `- 01.01.01 "Lexer": <summary> It reported: <reports>` */
function describeOther(id: string, threads: readonly ThreadFacts[], plan: Plan): string {
  const thread = threads.find((one) => one.id === id)
  const summary = oneLine(findThread(plan, id)?.thread.summary ?? '')
  const reports = (thread?.tasks ?? []).flatMap(({ report }) =>
    report === undefined ? [] : [oneLine(report)],
  )
  const said = cut(reports.join(' '), most.reportLength)
  return [
    `- ${id}${thread === undefined ? '' : ` "${oneLine(thread.name)}"`}:`,
    cut(summary, most.reportLength),
    said === '' ? '' : `It reported: ${said}`,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function failedVerification({ delivery }: ThreadFacts, detail: string): string {
  const lines = withTabs(detail)
    .split('\n')
    .slice(-most.lines)
    .map((line) => `    ${cut(line.trimEnd(), most.lineLength)}`)
  const where = delivery?.candidate === undefined ? '' : ', merged with the work of the others,'
  return `## Your work did not pass the checks

Your work${where} was checked, and a command failed. Its last lines:

${lines.join('\n')}

${delivery?.candidate === undefined ? '' : 'Your working copy has that merged state now. '}Find the cause, correct it, and run that command yourself until it succeeds.
`
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).trimEnd()} …`
}
