import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The threads of a soak. */
const threads = ['01', '02', '03'].flatMap((batch) =>
  ['01', '02', '03', '04'].map((thread) => `01.${batch}.${thread}`),
)

/** What agents.yaml says for isolated threads. Verifying takes a moment, so that it can be killed. */
export const isolationSettings = {
  isolation: 'clone',
  setup: [['sh', '-c', 'sleep 0.1; touch .git/ready']],
  verify: [['sh', '-c', 'sleep 0.1; test -f .git/ready && test -f shared.txt']],
}

type Environment = Record<string, string>

/** Makes the commit that threads start from. */
export function makeHistory(root: string, env: Environment): void {
  const write = (path: string, text: string) => writeFileSync(join(root, path), text)
  write('shared.txt', threads.map((id) => `part ${id}\n${'-\n'.repeat(6)}`).join(''))
  write('same.txt', 'nobody\n')
  write('mine.txt', 'one\n')
  const git = (...args: string[]) => gitIn(root, env, args)
  git('config', 'user.name', 'Ada')
  git('config', 'user.email', 'ada@example.com')
  git('add', '-A')
  git('commit', '-q', '-m', 'start')
}

/**
 * Leaves work of the user in the repository: a stash, a staged and a changed file. Gives what finds, at the end, what is
 * wrong in git: work that is missing or was merged twice, and changes of anything that is the user's.
 */
export function watchGit(root: string, env: Environment): () => string[] {
  const git = (...args: string[]) => gitIn(root, env, args)
  const write = (text: string) => writeFileSync(join(root, 'mine.txt'), text)
  write('stashed\n')
  git('stash', '-q', '--', 'mine.txt')
  write('staged\n')
  git('add', 'mine.txt')
  write('changed\n')
  const before = stateOf(root, git)
  return () => [
    ...workFaults(git),
    ...Object.entries(stateOf(root, git)).flatMap(([name, text]) =>
      text === before[name] ? [] : [`${name} of the main repository has changed`],
    ),
    ...locksBelow(join(root, '.git')),
    ...locksBelow(join(root, 'work/.trees')),
    ...linesOf(git('fsck', '--no-progress', '--no-dangling')).map((line) => `git fsck says: ${line}`),
  ]
}

const branch = 'workstream/001-soak'

function workFaults(git: (...args: string[]) => string): string[] {
  const trailers = '--format=%(trailers:key=Work-Thread,valueonly,separator=%x20)'
  const merges = linesOf(git('log', '--first-parent', trailers, `HEAD..${branch}`)).toSorted()
  const files = new Set(linesOf(git('ls-tree', '--name-only', branch)))
  const done = linesOf(git('show', `${branch}:shared.txt`)).filter((line) => line.startsWith('done '))
  const same = git('show', `${branch}:same.txt`)
  return [
    ...differences(
      'merges',
      merges,
      threads.map((id) => `001-soak/${id}`),
    ),
    ...threads.filter((id) => !files.has(`own-${id}.txt`)).map((id) => `own-${id}.txt is not in ${branch}`),
    ...differences(
      'lines of shared.txt',
      done,
      threads.map((id) => `done ${id}`),
    ),
    ...(same === '01.01.01\n01.01.02' ? [] : [`same.txt has ${JSON.stringify(same)}`]),
  ]
}

function differences(what: string, found: readonly string[], expected: readonly string[]): string[] {
  return found.join(' ') === expected.join(' ') ? [] : [`${what} are ${found.join(' ')}`]
}

/** What runs must not change. */
function stateOf(root: string, git: (...args: string[]) => string): Record<string, string> {
  const file = (path: string) => readFileSync(join(root, path), 'base64')
  return {
    HEAD: file('.git/HEAD'),
    'the index': file('.git/index'),
    'the config': file('.git/config'),
    'mine.txt': file('mine.txt'),
    'shared.txt': file('shared.txt'),
    'the stash': git('rev-parse', 'refs/stash'),
    'a branch or tag': linesOf(git('for-each-ref', '--format=%(refname) %(objectname)'))
      .filter((line) => !line.includes('workstream/') && !line.startsWith('refs/work/'))
      .join('\n'),
    'the list of files': readdirSync(root).join(' '),
  }
}

function locksBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.lock'))
    .map((name) => `the lock file ${name} was left in ${folder}`)
}

function gitIn(cwd: string, env: Environment, args: readonly string[]): string {
  return execFileSync('git', args, { cwd, env, encoding: 'utf8' }).trim()
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
