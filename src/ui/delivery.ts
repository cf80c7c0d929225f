import type { ConflictFile, Delivery } from '../../machines/delivery.ts'
import { oneLine, plainText } from '../text/sanitize.ts'
import { listSome } from '../text/list-some.ts'
import { counted } from '../text/plural.ts'

/** How far the threads of a workstream are merged. */
export interface ShownIsolation {
  branch: string
  merged: number
  threads: number
  /** Clones that are there now. */
  clones: number
  /** Their size in bytes, if it was measured. */
  size?: number | undefined
}

/** A thread's clone, and how its work is delivered. */
export interface ShownDelivery {
  clone?:
    | {
        folder: string
        branch: string
        exists: boolean
        changes?: { files: number; added: number; removed: number } | undefined
        size?: number | undefined
      }
    | undefined
  delivery?: Delivery | null | undefined
}

/** `workstream/001-x: 3 of 5 merged, 2 clones (410 MB)` */
export function describeIsolation({ branch, merged, threads, clones, size }: ShownIsolation): string {
  const room = size === undefined ? '' : ` (${formatSize(size)})`
  return oneLine(`${branch}: ${merged} of ${threads} merged, ${counted(clones, 'clone')}${room}`)
}

/** The short id of the commit that brought a thread's work; '' before that. */
export function mergedAs({ delivery }: ShownDelivery): string {
  return delivery?.merged?.slice(0, 7) ?? ''
}

/**
 * What else there is to know of a thread's clone, in a line: why its work was not merged, that its clone is gone, and
 * how much is in it if that was measured. `mayBeGone`: nothing needs its clone now.
 */
export function describeDelivery({ clone, delivery }: ShownDelivery, mayBeGone: boolean): string {
  const { changes, size } = clone ?? {}
  const isGone = clone !== undefined && !clone.exists && !mayBeGone && delivery?.merged === undefined
  const parts = [
    isGone ? `clone gone: ${clone.folder}` : '',
    stopInShort(delivery),
    changes === undefined ? '' : describeChanges(changes),
    size === undefined ? '' : formatSize(size),
  ]
  return parts.filter((part) => part !== '').join(', ')
}

/** `+120 -30 in 5 files` */
function describeChanges({ files, added, removed }: Record<'files' | 'added' | 'removed', number>): string {
  return `+${added} -${removed} in ${counted(files, 'file')}`
}

/** `410 MB` */
export function formatSize(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const amount = bytes / 1000 ** power
  return `${amount < 10 && power > 0 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`
}

/** Why the work was not merged, in a few words; '' if nothing stopped its delivery. */
function stopInShort(delivery: Delivery | null | undefined): string {
  const stopped = delivery?.stopped
  if (stopped === undefined) return ''
  const [first = ''] = linesOf(stopped.detail)
  if (stopped.reason === 'conflict') return first === '' ? 'conflict' : first
  if (stopped.reason === 'verify') return first === '' ? 'verify failed' : `verify failed: ${first}`
  return stopped.reason === 'user' ? 'not merged yet' : first
}

/** A thread whose delivery stopped. */
export interface Undelivered {
  id: string
  name: string
  delivery: Delivery | null
  /** Absent for one that works in the main working tree. */
  clone?: { folder: string; branch: string } | undefined
}

/** Lines that a detail of a stop gets. */
const mostLines = 8
const mostFiles = 20

/** Why the work of a thread was not merged, in lines; empty if nothing stopped its delivery. */
export function describeStop(thread: Undelivered, names: ReadonlyMap<string, string>): string[] {
  const { delivery } = thread
  const stopped = delivery?.stopped
  if (stopped === undefined || !delivery) return []
  const title = `Thread ${thread.id} (${oneLine(thread.name)})`
  const indented = linesOf(stopped.detail)
    .slice(-mostLines)
    .map((line) => `  ${line}`)
  const { reason } = stopped
  if (reason === 'user') return []
  if (reason === 'verify') return redLines(title, delivery, indented)
  if (reason === 'conflict' && delivery.conflict !== undefined) {
    const { files } = delivery.conflict
    return [
      `${title} has conflicts with ${causes(files, names)}:`,
      ...fileLines(files),
      `Nothing was merged, and no file was touched.${whereabouts(thread)}`,
    ]
  }
  return [`${title} could not be merged:`, ...indented, `Nothing was merged.${whereabouts(thread)}`]
}

/** Without isolation there is no candidate: the work is verified where it is. */
function redLines(title: string, { candidate, verified }: Delivery, output: readonly string[]): string[] {
  const [merged, nothing] =
    candidate === undefined ? ['', ''] : [', merged with what is in the branch', 'Nothing was merged. ']
  return [
    `${title} did not pass the verify commands${merged}:`,
    ...output,
    `${nothing}Their output: ${verified?.log ?? 'in its logs'}`,
  ]
}

/** `what 01.01.01 (Lexer) changed` */
function causes(files: readonly ConflictFile[], names: ReadonlyMap<string, string>): string {
  const ids = [...new Set(files.flatMap((file) => file.with))]
  if (ids.length === 0) return 'what is in the branch'
  const named = ids.map((id) => {
    const name = names.get(id)
    return name === undefined ? id : `${id} (${oneLine(name)})`
  })
  return `what ${listSome(named, 4)} changed`
}

function fileLines(files: readonly ConflictFile[]): string[] {
  const shown = files.slice(0, mostFiles)
  const width = Math.max(0, ...shown.map(({ path }) => oneLine(path).length))
  const rest = files.length - shown.length
  return [
    ...shown.map(({ path, kind }) => `  ${oneLine(path).padEnd(width)}  ${kinds[kind] ?? oneLine(kind)}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ]
}

/** The kinds of git in words; others are shown as they are. */
const kinds: Readonly<Record<string, string>> = {
  contents: 'both changed it',
  binary: 'both changed it, and it is binary',
  'add/add': 'both added it',
  'modify/delete': 'deleted on one side, changed on the other',
  'rename/delete': 'deleted on one side, renamed on the other',
  'rename/rename': 'renamed on both sides',
  'file/directory': 'a file on one side, a folder on the other',
  'distinct types': 'of another type on the other side',
  submodule: 'both moved the submodule',
  case: 'two names that differ only by case',
}

function whereabouts({ clone }: Undelivered): string {
  return clone === undefined ? '' : ` Its work is in ${clone.folder}, on ${clone.branch}.`
}

function linesOf(detail: string | undefined): string[] {
  return plainText(detail ?? '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
}
