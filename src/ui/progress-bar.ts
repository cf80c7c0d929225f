import type { Style } from './style.ts'

/** A progress bar of `width` columns, full only when everything is done and empty only when nothing is. */
export function renderBar(done: number, total: number, width: number, style: Style): string {
  const filled = filledColumns(done, total, width)
  const { bar, track } = style.glyphs
  return style.colors.green(bar.repeat(filled)) + style.colors.dim(track.repeat(width - filled))
}

function filledColumns(done: number, total: number, width: number): number {
  if (done <= 0) return 0
  if (done >= total) return width
  return Math.max(1, Math.min(width - 1, Math.round((done / total) * width)))
}
