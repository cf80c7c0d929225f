import type { FileChange } from '../../../clones/numstat.ts'
import { counted } from '../../../text/plural.ts'
import { plainText } from '../../../text/sanitize.ts'
import { renderTable } from '../../../ui/table.ts'
import { outputStyle, outputWidth } from '../../output.ts'

/** A table of changed files, and their sum. */
export function describeFiles(files: readonly FileChange[]): string[] {
  const { colors } = outputStyle()
  const table = renderTable({
    columns: [
      { cell: ({ path }) => `  ${plainText(path)}`, shrink: true },
      { cell: ({ added }) => ({ text: count(added, '+'), paint: colors.green }), align: 'right' },
      {
        cell: ({ removed }) => ({ text: removed === null ? '' : count(removed, '-'), paint: colors.red }),
        align: 'right',
      },
    ],
    rows: files,
    width: outputWidth(),
  })
  return [...table, describeSum(files)]
}

/** `3 files changed: +120 -30` */
function describeSum(files: readonly FileChange[]): string {
  const total = (key: 'added' | 'removed') => files.reduce((sum, file) => sum + (file[key] ?? 0), 0)
  return `${counted(files.length, 'file')} changed: +${total('added')} -${total('removed')}`
}

function count(number: number | null, sign: string): string {
  return number === null ? 'binary' : `${sign}${number}`
}
