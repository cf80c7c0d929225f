import { existsSync, readdirSync, statSync } from 'node:fs'
import { listSome } from '../../../text/list-some.ts'
import { WorkError } from '../../../errors.ts'
import { openIndex } from '../../../store/index/index-file.ts'
import type { Workspace } from '../../../paths.ts'
import { now } from '../../context.ts'
import { advice, shell, work } from '../../../text/hint.ts'

/** What `work` and its users put into `work/`. */
const own = /^(\.gitignore|\.run|\.schema|agents\.yaml|index\.json|\d{3,}-.*|db\.sqlite)$/

/** Throws a `WorkError` when there is a folder `work/` that is somebody else's, before anything is written into it. */
export function refuseForeign(workspace: Workspace, isForced: boolean): void {
  const { work: folder, index } = workspace
  if (existsSync(index)) {
    // One that is not an index of workstreams is not ours, and would stop every command.
    openIndex(workspace, now).read()
    return
  }
  if (!existsSync(folder)) return
  if (!statSync(folder).isDirectory()) {
    throw new WorkError('work is a file, expected a folder or nothing.', {
      code: 'folder-taken',
      hint: advice`Move it away, then run the command again: ${shell('mv', 'work', 'work.old')}`,
    })
  }
  const foreign = readdirSync(folder).filter((name) => !own.test(name))
  if (foreign.length === 0 || isForced) return
  throw new WorkError(
    `The folder work/ has files that are not of this tool (${listSome(foreign)}), and no index.json.`,
    { code: 'folder-taken', hint: advice`To keep workstreams in it anyway: ${work('init', '--force')}` },
  )
}
