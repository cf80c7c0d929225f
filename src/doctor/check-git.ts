import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { runProgram } from '../process/spawn.ts'
import type { Workspace } from '../paths.ts'
import { ok, warning, type Check } from './check.ts'
import { listSome } from '../text/list-some.ts'
import { isPlanning, type CheckedStream } from './check-streams.ts'
import { advice, shell } from '../text/hint.ts'

const name = 'in git'

/** Whether git keeps the results, and ignores files that belong only to this machine. */
export async function checkTracking(
  workspace: Workspace,
  streams: CheckedStream[],
  env: Record<string, string>,
): Promise<Check[]> {
  const { root, run } = workspace
  const git = (...args: string[]) => runProgram('git', args, { cwd: root, env })
  const repository = await git('rev-parse', '--is-inside-work-tree')
  if (repository.failure !== undefined) return []
  if (repository.exitCode !== 0) return [refusal(root, linesOf(repository.stderr)[0] ?? '')]
  if (linesOf(repository.stdout)[0] !== 'true') return [refusal(root, 'not in a working tree')]
  const files = streams
    .filter(({ stream }) => !isPlanning(stream))
    .map(({ stream }) => stream.tasks)
    .filter(existsSync)
    .map((path) => relative(root, path))
  const ignored = files.length === 0 ? [] : linesOf((await git('check-ignore', '--', ...files)).stdout)
  const kept = files.length === 0 ? [] : linesOf((await git('ls-files', '--', ...files)).stdout)
  const stray = linesOf((await git('ls-files', '--', relative(root, run))).stdout)
  const missing = await missingIgnores(workspace, env)
  const checks: Check[] = []
  if (missing.length > 0) {
    const text = `work/.gitignore lacks ${missing.join(' and ')}: git would commit files that running agents write`
    checks.push(warning(name, text, ignoreCommand(missing)))
  }
  if (ignored.length > 0) {
    const text = `git ignores ${listSome(ignored)}: the record would be lost with this folder`
    checks.push(
      warning(name, text, advice`${shell('git', 'check-ignore', '-v', ignored[0] ?? '')} shows the rule.`),
    )
  }
  if (stray.length > 0) {
    const text = `${listSome(stray)} ${stray.length === 1 ? 'is' : 'are'} specific to this machine`
    checks.push(warning(name, text, shell('git', 'rm', '-r', '--cached', 'work/.run')))
  }
  if (checks.length > 0) return checks
  if (files.length === 0) return []
  return [ok(name, `${kept.length} of ${files.length} tasks.json added, none ignored`)]
}

/** The lines of work/.gitignore, each with a path that it ignores. */
const ignores = [
  { line: '.run/', pathIn: ({ locks }: Workspace) => locks.index },
  { line: 'logs/', pathIn: ({ work }: Workspace) => join(work, '001-any/logs/01.01.01/1.log') },
]

/** The lines that work/.gitignore lacks and no other git rule replaces; none if git can't say. */
export async function missingIgnores(workspace: Workspace, env: Record<string, string>): Promise<string[]> {
  const { root } = workspace
  const paths = ignores.map(({ pathIn }) => relative(root, pathIn(workspace)))
  // Exit code 1: none of them is ignored; anything else above 0: git does not work here.
  const { exitCode, stdout } = await runProgram('git', ['check-ignore', '--no-index', '--', ...paths], {
    cwd: root,
    env,
  })
  if (exitCode !== 0 && exitCode !== 1) return []
  const ignored = linesOf(stdout)
  return ignores.flatMap(({ line }, index) => (ignored.includes(paths[index] ?? '') ? [] : [line]))
}

/** A command that adds lines to work/.gitignore. */
export function ignoreCommand(lines: readonly string[]): string {
  return `printf '\\n%s' ${lines.join(' ')} >> work/.gitignore`
}

/** Git finds no repository here, or finds one but rejects it: it may be broken, or belong to another user. */
function refusal(root: string, words: string): Check {
  if (!existsSync(join(root, '.git'))) {
    return warning(name, 'not a git repository, so nothing keeps the results', shell('git', 'init'))
  }
  const why = words.replace(/^fatal: /, '')
  return warning(name, `git does not work here: ${why}`, advice`${shell('git', 'status')} shows the problem.`)
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
