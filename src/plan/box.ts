import { type TaskStatus, taskStatuses } from '../../machines/statuses.ts'

/** The character between the brackets for each status, in PLAN.md and TASKS.md. `[X]` is read as `[x]`. */
export const boxes = {
  pending: ' ',
  completed: 'x',
  in_progress: '~',
  blocked: '!',
  cancelled: '-',
} as const satisfies Record<TaskStatus, string>

/** Hint for messages about boxes. */
export const boxHint = 'Use [ ], [x], [~] in progress, [!] blocked or [-] cancelled.'

/** The status for the character in a box; undefined for an unknown character. */
export function statusOfBox(sign: string): TaskStatus | undefined {
  const known = sign === '' ? ' ' : sign.toLowerCase()
  return taskStatuses.find((status) => boxes[status] === known)
}

/** The box at the start of a list item: a task status, or an unknown character. */
export type Box = { length: number } & ({ status: TaskStatus } | { unknown: string })

/** Reads the box at the start of an item's text. A link, a footnote or a word in brackets is not a box. */
export function readBox(text: string): Box | undefined {
  const known = /^(?:\[([ xX~!-])\](?![([:])|\[\](?= |$))/.exec(text)
  if (known !== null) {
    const status = statusOfBox(known[1] ?? '')
    return status === undefined ? undefined : { length: known[0].length, status }
  }
  const other = /^\[(?:\s*[^\s\d[\]]\s*|\s+)\](?= |$)/u.exec(text)?.[0]
  return other === undefined ? undefined : { length: other.length, unknown: other }
}
