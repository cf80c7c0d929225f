import { gitIn } from '../clones/git.ts'
import { listClones } from '../clones/remove.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { workspaceAt, type StreamPaths } from '../paths.ts'
import type { TasksFile } from '../store/tasks/schema.ts'
import { advice, work } from '../text/hint.ts'
import { listSome } from '../text/list-some.ts'
import { isDone, threadsOf } from '../threads/thread.ts'
import { refsName } from './clean-plan.ts'

/** A ref of the main repository, and its commit. */
export interface KeptRef {
  name: string
  commit: string
}

/**
 * What the main repository keeps below `refs/work` for a workstream that is completed. Throws a `WorkError`: while threads
 * are not completed (`stream-unfinished`), or while there are clones (`clones-left`).
 */
export async function savedRefs(
  file: TasksFile,
  stream: StreamPaths,
  env: NodeJS.ProcessEnv,
): Promise<KeptRef[]> {
  const open = threadsOf(file).filter((thread) => !isDone(thread))
  if (open.length > 0)
    throw new WorkError(
      `${stream.id} is not completed, so what is saved of it stays: ${listSome(open.map(({ id }) => id))}.`,
      { code: 'stream-unfinished', hint: work('status'), exitCode: exitCodes.unfinished },
    )
  const clones = listClones(workspaceAt(stream.root)).filter(
    ({ mark }) => mark?.into === file.isolation?.branch,
  )
  if (file.isolation !== undefined && clones.length > 0)
    throw new WorkError(
      `${stream.id} still has clones, so what is saved of it stays: ${listSome(clones.map(({ name }) => name))}.`,
      {
        code: 'clones-left',
        hint: advice`${work('clean', '--dry-run')} shows why they stay.`,
        exitCode: exitCodes.unfinished,
      },
    )
  return allKeptRefs(file, stream, env)
}

/** Everything that the main repository keeps below `refs/work` for a workstream. */
async function allKeptRefs(
  { isolation }: Pick<TasksFile, 'isolation'>,
  { root }: Pick<StreamPaths, 'root'>,
  env: NodeJS.ProcessEnv,
): Promise<KeptRef[]> {
  if (isolation === undefined) return []
  const format = '--format=%(objectname) %(refname)'
  const text = await gitIn(root, env).text('for-each-ref', format, `refs/work/${refsName(isolation)}/`)
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [commit = '', ...name] = line.split(' ')
      return { commit, name: name.join(' ') }
    })
}

/** Deletes refs if all are still at these commits, or none. */
export async function dropSavedRefs(
  { root }: Pick<StreamPaths, 'root'>,
  refs: readonly KeptRef[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (refs.length === 0) return
  const lines = refs.map(({ name, commit }) => `delete ${name} ${commit}\n`)
  await gitIn(root, env).run(['update-ref', '--stdin'], { input: lines.join('') })
}
