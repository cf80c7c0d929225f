/** The terminal that something is drawn on: `process.stdout`, or what a test gives. */
export type Screen = NodeJS.WritableStream & { columns?: number; rows?: number }

/** The size of a terminal that does not say, or says 0 as some do. */
const usual = { columns: 80, rows: 24 }

/** Columns of a terminal; undefined for what is none, and for one that does not know: then nothing is cut. */
export function knownColumns({ isTTY, columns }: { isTTY?: boolean; columns?: number }): number | undefined {
  return isTTY === true && isSize(columns) ? columns : undefined
}

/** Rows of a terminal; undefined for what is none, and for one that does not know. */
export function knownRows({ isTTY, rows }: { isTTY?: boolean; rows?: number }): number | undefined {
  return isTTY === true && isSize(rows) ? rows : undefined
}

/** Columns of a screen that is drawn on, for which there has to be a number. */
export function columnsOf({ columns }: { columns?: number }): number {
  return isSize(columns) ? columns : usual.columns
}

/** Rows of a screen that is drawn on. */
export function rowsOf({ rows }: { rows?: number }): number {
  return isSize(rows) ? rows : usual.rows
}

/** The same screen with a size that can be relied on: libraries believe in 0 columns. */
export function sizedScreen(screen: Screen): Screen {
  const sized: Screen = Object.create(screen, {
    columns: { get: () => columnsOf(screen) },
    rows: { get: () => rowsOf(screen) },
    write: { value: (text: string) => screen.write(text) },
  })
  return sized
}

function isSize(size: number | undefined): size is number {
  return size !== undefined && Number.isFinite(size) && size > 0
}
