import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TestWorkspace } from './cli.ts'
import { makeApproved } from './scene.ts'

/**
 * An agent that runs a script of its thread in its working folder: `scripts/01.01.02-1.mjs` of the main repository for
 * its first attempt, otherwise `scripts/01.01.02.mjs`, or nothing. Its prompt is kept beside it.
 */
const agent = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
const { WORK_ROOT, WORK_THREAD, WORK_ATTEMPT } = process.env
const base = WORK_ROOT + '/scripts/' + WORK_THREAD
writeFileSync(base + '-' + WORK_ATTEMPT + '.prompt', readFileSync(0, 'utf8'))
const script = [base + '-' + WORK_ATTEMPT + '.mjs', base + '.mjs'].find(existsSync)
if (script !== undefined) await import(script)`

const command = [process.execPath, '--input-type=module', '--eval', agent]

/** Settings of agents.yaml beside the agent. */
export type Settings = Record<string, unknown>

/** A repository with one commit and an approved plan, whose threads are isolated; each thread does what its script says. */
export async function makeIsolated(
  plan: string,
  scripts: Record<string, string>,
  settings: Settings = {},
): Promise<TestWorkspace> {
  const fields = { name: 'default', runner: 'command', command, resume_command: command, done_when: 'exit' }
  const agents = JSON.stringify({
    isolation: 'clone',
    ...settings,
    agents: [fields, { ...fields, name: 'other' }],
  })
  const workspace = await makeApproved(plan, agents)
  workspace.write('.gitignore', 'scripts/\nignored/\n')
  workspace.write('shared.txt', 'one\ntwo\nthree\n')
  for (const [name, text] of Object.entries(scripts)) workspace.write(`scripts/${name}.mjs`, text)
  commitAll(workspace)
  return workspace
}

/** Makes the first commit, of all that is there. */
export function commitAll(workspace: TestWorkspace): void {
  git(workspace, 'config', 'user.name', 'Somebody')
  git(workspace, 'config', 'user.email', 'somebody@example.org')
  git(workspace, 'add', '--all')
  git(workspace, 'commit', '-qm', 'start')
}

/** The output of git in the main repository, or in another folder below it. */
export function git({ root, home }: TestWorkspace, ...args: string[]): string {
  return gitAt({ root, home }, '.', ...args)
}

export function gitAt(
  { root, home }: Pick<TestWorkspace, 'root' | 'home'>,
  folder: string,
  ...args: string[]
): string {
  const env = { PATH: process.env['PATH'], HOME: home, GIT_CONFIG_NOSYSTEM: '1' }
  return execFileSync('git', args, { cwd: join(root, folder), env, encoding: 'utf8' }).trimEnd()
}

/** The clone of a thread, relative to the root. */
export function cloneOf(thread: string): string {
  return `work/.trees/001-${thread}`
}

/** The text of a file in the workstream's branch. */
export function inBranch(workspace: TestWorkspace, path: string): string {
  return git(workspace, 'show', `workstream/001-demo:${path}`)
}

/** The subjects of the workstream's branch, newest first, without the histories of the threads. */
export function merges(workspace: TestWorkspace): string[] {
  return git(workspace, 'log', '--first-parent', '--format=%s', 'workstream/001-demo').split('\n')
}

/** Everything of the main repository that runs may not change, as one text. */
export function mainState(workspace: TestWorkspace): string {
  const index = git(workspace, 'ls-files', '--stage', '--debug').replaceAll(/^ {2}.*\n/gm, '')
  return [
    git(workspace, 'symbolic-ref', 'HEAD'),
    git(workspace, 'for-each-ref', '--format=%(refname) %(objectname)')
      .split('\n')
      .filter((line) => !/^refs\/(work|heads\/workstream)\//.test(line))
      .join('\n'),
    git(workspace, 'stash', 'list'),
    git(workspace, 'status', '--porcelain', '--untracked-files=all', '--', '.', ':(exclude)work'),
    git(workspace, 'diff', 'HEAD', '--', '.', ':(exclude)work'),
    index,
    workspace.read('.git/config'),
    existsSync(join(workspace.root, '.git/MERGE_HEAD')) ? 'MERGE_HEAD' : '',
  ].join('\n---\n')
}
