import { statfsSync } from 'node:fs'
import type { CommitId } from '../../machines/delivery.ts'
import { shell } from '../text/hint.ts'
import type { Git } from './git.ts'
import { setupError } from './setup-error.ts'

/** Bytes that must stay free for what agents and setup commands write. */
const spare = 1024 ** 3

/** Makes sure that the files of a commit fit on the disk of a folder. Throws a `WorkError` (`clone-setup`). */
export async function requireRoomFor(main: Git, commit: CommitId, folder: string): Promise<void> {
  const { bavail, bsize } = statfsSync(folder)
  const { stdout } = await main.run(['ls-tree', '-r', '-l', '--full-tree', commit])
  requireRoom({ free: bavail * bsize, files: sizeOfFiles(stdout), folder })
}

/** The bytes of all files that `git ls-tree -r -l` lists. */
export function sizeOfFiles(listing: string): number {
  let size = 0
  for (const [, bytes] of listing.matchAll(/^\d+ blob [0-9a-f]+ +(\d+)\t/gm)) size += Number(bytes)
  return size
}

/** Throws a `WorkError` (`clone-setup`) if a disk has no room for these bytes of files, and 1 GiB to spare. */
export function requireRoom({ free, files, folder }: { free: number; files: number; folder: string }): void {
  const need = files + spare
  if (free >= need) return
  throw setupError(
    `No room for a clone in ${folder}: ${inMb(free)} are free, and ${inMb(need)} are needed (${inMb(files)} of files, and 1024 MB to spare).`,
    shell('work', 'clean', '--dry-run'),
  )
}

function inMb(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MB`
}
