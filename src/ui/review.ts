import type { TaskStatus, ThreadStanding } from '../../machines/statuses.ts'
import { describeOutcome } from './outcome.ts'
import { type Style, statusGlyph, statusPaint, statusWord } from './style.ts'
import { renderTable } from './table.ts'
import { counted } from '../text/plural.ts'
import { oneLine } from '../text/sanitize.ts'
import { fit } from './width.ts'
import { formatDuration } from './durations.ts'
import { describeUsage, type ShownUsage } from './usage.ts'

/** What `work review` shows; a `Review` of the engine fits. */
export interface ReviewView {
  target: { level: string; id: string; name: string }
  threads: readonly {
    id: string
    name: string
    status: ThreadStanding
    reason: string | null
    agent: string | null
    attempts: number
    /** Milliseconds. */
    duration: number
    usage: ShownUsage
    last?: { exitCode?: number | undefined; signal?: string | undefined } | undefined
    reports: readonly { task: string; name: string; report: string }[]
    open: readonly { task: string; name: string; status: TaskStatus }[]
  }[]
  totals: { completed: number; attempts: number; duration: number; usage: ShownUsage }
  changes:
    | {
        type: 'known'
        commit: string
        dirty: boolean
        files: readonly ReviewedFile[]
      }
    | {
        type: 'merged'
        branch: string
        threads: readonly { id: string; files: readonly ReviewedFile[] }[]
        files: readonly ReviewedFile[]
      }
    | { type: 'unknown'; why: string }
}

interface ReviewedFile {
  path: string
  added: number | null
  removed: number | null
  untracked?: true
}

interface ReviewOptions {
  style: Style
  /** Columns of the terminal; unlimited where it is not known. */
  width?: number
}

/** Columns that the name of a task gets before its report. */
const leastName = 12

/** Changed files that are listed; the rest is counted. */
const mostFiles = 20

/** Lines of a review: each thread with its result and reports, open tasks, and the files that changed. */
export function renderReview(review: ReviewView, options: ReviewOptions): string[] {
  const sections = [
    renderHeading(review, options),
    renderThreads(review, options),
    renderReports(review, options),
    renderOpenTasks(review, options),
    renderChanges(review, options),
  ].filter((lines) => lines.length > 0)
  return sections.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

function renderHeading(
  { target, threads, totals }: ReviewView,
  { style, width = Infinity }: ReviewOptions,
): string[] {
  const level = `${target.level.charAt(0).toUpperCase()}${target.level.slice(1)}`
  const title = `${level} ${target.id} ${oneLine(target.name)}`
  const facts = [
    `${totals.completed} of ${threads.length} threads completed`,
    `${totals.attempts} ${totals.attempts === 1 ? 'session' : 'sessions'}`,
    formatDuration(totals.duration),
    describeUsage(totals.usage),
  ].filter((fact) => fact !== '')
  return [style.colors.bold(fit(title, width, style.glyphs.ellipsis)), facts.join(` ${style.glyphs.dot} `)]
}

function renderThreads({ threads }: ReviewView, { style, width }: ReviewOptions): string[] {
  return renderTable({
    columns: [
      { head: 'Thread', cell: ({ id }) => id },
      { head: 'Name', cell: ({ name }) => oneLine(name), shrink: true },
      {
        head: 'Result',
        cell: ({ status, reason, last }) => ({
          text: `${statusGlyph(style, status)} ${describeOutcome({ ...last, status, reason })}`,
          paint: statusPaint(style, status),
        }),
      },
      { head: 'Attempts', cell: ({ attempts }) => String(attempts), align: 'right' },
      { head: 'Agent', cell: ({ agent }) => agent ?? '' },
      {
        head: 'Took',
        cell: ({ attempts, duration }) => (attempts === 0 ? '' : formatDuration(duration)),
        align: 'right',
      },
      { head: 'Usage', cell: ({ usage }) => describeUsage(usage), shrink: true },
    ],
    rows: threads,
    paintHead: style.colors.dim,
    width,
    ellipsis: style.glyphs.ellipsis,
  })
}

function renderReports({ threads }: ReviewView, { style, width = Infinity }: ReviewOptions): string[] {
  const reports = threads.flatMap((thread) => thread.reports)
  if (reports.length === 0) return []
  const lines = reports.map(({ task, name, report }) => {
    // A task may be named by a whole paragraph, and what was done is what counts here.
    const named = fit(oneLine(name), Math.max(leastName, Math.floor(width / 4)), style.glyphs.ellipsis)
    return `  ${fit(oneLine(`${task} ${named}: ${report}`), width - 2, style.glyphs.ellipsis)}`
  })
  return [style.colors.bold('Reports'), ...lines]
}

function renderOpenTasks({ threads }: ReviewView, { style, width = Infinity }: ReviewOptions): string[] {
  const open = threads.flatMap((thread) => thread.open)
  if (open.length === 0) return []
  const lines = open.map(({ task, name, status }) => {
    const text = fit(oneLine(`${task} ${name} (${statusWord(status)})`), width - 2, style.glyphs.ellipsis)
    return `  ${status === 'blocked' ? statusPaint(style, status)(text) : text}`
  })
  return [style.colors.bold('Open tasks'), ...lines]
}

/** What was merged: all files, and of several threads how much each brought. */
function renderMerged(
  { files, branch, threads }: Extract<ReviewView['changes'], { type: 'merged' }>,
  { style, width }: ReviewOptions,
): string[] {
  if (files.length === 0) return [`Nothing is merged into ${oneLine(branch)} yet.`]
  const each = threads.length < 2 ? [] : threads
  return [
    style.colors.bold(`${counted(files.length, 'file')} changed in ${oneLine(branch)}: ${linesOf(files)}`),
    ...each.map(
      (thread) => `  ${thread.id}  ${linesOf(thread.files)} in ${counted(thread.files.length, 'file')}`,
    ),
    ...renderFiles(files, width),
  ]
}

/** `+120 -30` */
function linesOf(files: readonly ReviewedFile[]): string {
  const total = (key: 'added' | 'removed') => files.reduce((sum, file) => sum + (file[key] ?? 0), 0)
  return `+${total('added')} -${total('removed')}`
}

function renderFiles(files: readonly ReviewedFile[], width: number | undefined): string[] {
  const shown = files.slice(0, mostFiles)
  const lines = renderTable({
    columns: [
      { cell: ({ path }) => oneLine(path), shrink: true },
      {
        cell: ({ added, removed, untracked }) =>
          untracked === true ? 'new' : added === null ? 'binary' : `+${added} -${removed}`,
      },
    ],
    rows: shown,
    width: width === undefined ? undefined : width - 2,
  })
  const rest = files.length - shown.length
  return [...lines.map((line) => `  ${line}`), ...(rest > 0 ? [`  and ${rest} more`] : [])]
}

function renderChanges({ changes }: ReviewView, options: ReviewOptions): string[] {
  const { style, width } = options
  if (changes.type === 'merged') return renderMerged(changes, options)
  if (changes.type === 'unknown') return [`Changed files: not known, since ${oneLine(changes.why)}.`]
  const { files, commit, dirty } = changes
  const since = `since commit ${commit.slice(0, 7)}`
  if (files.length === 0) return [`No files changed ${since}.`]
  return [
    style.colors.bold(`${counted(files.length, 'file')} changed ${since}: ${linesOf(files)}`),
    ...renderFiles(files, width),
    ...(dirty ? ['Uncommitted changes from before the stage are among them.'] : []),
  ]
}
