import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { join } from 'node:path'
import { advanceStream } from '../../src/clones/advance.ts'
import { commitClone } from '../../src/clones/commit.ts'
import { mergeIntoStream } from '../../src/clones/merge.ts'
import { prepareClone } from '../../src/clones/prepare.ts'
import { threadNames, type CloneSite } from '../../src/clones/site.ts'
import { ensureStreamBranch } from '../../src/clones/stream-branch.ts'
import { cloneSettings } from '../../src/agents/clone-settings.ts'

export interface BenchOptions {
  /** Files of the repository. */
  files: number
  /** Threads at once, beside a loop of git commands in the main repository; 0: none. */
  threads: number
  /** How often preparing is compared with git; the best of each counts. */
  rounds: number
}

/** Preparing may cost this many times the CPU of `git worktree add`, and a delivery this many seconds of it. */
const limits = { prepare: 1.5, delivery: 1 }
const stream = '001-bench'
const into = `workstream/${stream}`
const at = '2026-01-02T03:04:05.678Z'

/** Measures what isolation costs, and prints it; returns the exit code: 1 if a limit is exceeded. */
export async function benchIsolation({ files, threads, rounds }: BenchOptions): Promise<number> {
  const folder = mkdtempSync(join(placeForFiles(), 'work-bench-isolation-'))
  try {
    const root = join(folder, 'repo')
    const env = environment(folder)
    makeRepository(root, files, env)
    await ensureStreamBranch(root, into, env)
    const bench = { root, env, folder }
    return threads === 0 ? await measureOne(bench, rounds) : await measureMany(bench, threads)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Bench {
  root: string
  env: Record<string, string>
  folder: string
}

async function measureOne({ root, env }: Bench, rounds: number): Promise<number> {
  const [git, prepared, delivered]: number[][] = [[], [], []]
  for (let round = 1; round <= rounds; round += 1) {
    // Beside the clones: some file systems take longer in a folder that is full than in another one.
    const tree = join(root, 'work', '.trees', `tree-${round}`)
    git?.push(
      await cpuOf(async () => {
        run(root, env, ['worktree', 'add', '-q', '--detach', tree])
      }),
    )
    run(root, env, ['worktree', 'remove', '--force', tree])
    const thread = `01.01.0${round}`
    prepared?.push(await cpuOf(async () => prepare({ root, env }, thread)))
    // As an agent would: git reads the files again that are as new as its index, by the second.
    await delay(1100)
    work(siteOf(root, thread), thread)
    delivered?.push(await cpuOf(async () => deliver({ root, env }, thread)))
    rmSync(siteOf(root, thread).folder, { recursive: true })
  }
  const [own, ours, delivery] = [least(git), least(prepared), least(delivered)]
  const ratio = ours / own
  say(`git worktree add   ${own.toFixed(2)} s of CPU`)
  say(`prepare a clone    ${ours.toFixed(2)} s, ${ratio.toFixed(2)} times as much (limit ${limits.prepare})`)
  say(`deliver its work   ${delivery.toFixed(2)} s (limit ${limits.delivery})`)
  return ratio <= limits.prepare && delivery <= limits.delivery ? 0 : 1
}

/** Prepares and delivers many threads at once, while somebody works in the main repository. */
async function measureMany({ root, env, folder }: Bench, count: number): Promise<number> {
  const loop = spawn('sh', ['-c', loopOf(join(folder, 'failures'))], { cwd: root, env, stdio: 'ignore' })
  const begin = performance.now()
  const ids = Array.from({ length: count }, (_, index) => `01.01.${String(index + 1).padStart(2, '0')}`)
  const cpu = await cpuOf(async () => {
    await Promise.all(
      ids.map(async (id) => {
        await prepare({ root, env }, id)
        work(siteOf(root, id), id)
      }),
    )
    for (const id of ids) await deliver({ root, env }, id)
  })
  const wall = (performance.now() - begin) / 1000
  writeFileSync(join(folder, 'failures.stop'), '')
  await new Promise((resolve) => loop.once('exit', resolve))
  const [turns = '0', failed = '0'] = run(folder, env, ['config', '-f', 'failures', '--get-regexp', '.*'])
    .split('\n')
    .map((line) => line.split(' ')[1])
  const merges = run(root, env, ['rev-list', '--count', '--first-parent', `main..${into}`, '--not', 'side'])
  say(`${count} threads   ${wall.toFixed(1)} s, ${cpu.toFixed(1)} s of CPU; ${merges} merged`)
  say(`git commands beside them: ${turns} rounds, ${failed} of them failed`)
  return Number(merges) === count && failed === '0' ? 0 : 1
}

/** Commits, branches and packs refs until a file asks it to stop; then writes how often, and how often that failed. */
function loopOf(result: string): string {
  return `turns=0; failed=0
while [ ! -e '${result}.stop' ]; do
  git commit -q --allow-empty -m loop && git branch -f side HEAD && git pack-refs --all && git status >/dev/null || failed=$((failed + 1))
  turns=$((turns + 1))
done
git config -f '${result}' loop.turns $turns
git config -f '${result}' loop.failed $failed`
}

async function prepare({ root, env }: Omit<Bench, 'folder'>, thread: string): Promise<void> {
  const order = { stream, thread, attempt: 1, token: thread, from: 'go-on', env, at } as const
  const log = join(root, 'work/.run/setup.log')
  const settings = cloneSettings({ isolation: 'clone' })
  await prepareClone(siteOf(root, thread), { ...order, settings, log }, new AbortController().signal)
}

/** What an agent does. */
function work({ folder }: CloneSite, thread: string): void {
  for (let number = 1; number <= 20; number += 1)
    writeFileSync(join(folder, `${thread}-${number}.txt`), `${thread}\n`)
  writeFileSync(join(folder, 'd1/1.txt'), 'changed by all\n')
}

async function deliver({ root, env }: Omit<Bench, 'folder'>, thread: string): Promise<void> {
  const site = siteOf(root, thread)
  const session = { sessionId: thread, agentName: 'default', model: 'none', attempt: 1 }
  const base = run(root, env, ['merge-base', 'main', into])
  const authorship = { stream, thread, threadName: thread, session, at, env, base }
  const committed = await commitClone(site, { ...authorship, link: [] })
  if (committed.type === 'unfit') throw new Error(committed.detail)
  const merged = await mergeIntoStream(site, { ...authorship, head: committed.head, merge: 'commit' })
  if (merged.type !== 'candidate') throw new Error(JSON.stringify(merged))
  const advanced = await advanceStream(site, { ...merged, env })
  if (advanced.type !== 'advanced') throw new Error(JSON.stringify(advanced))
}

function siteOf(root: string, thread: string): CloneSite {
  const { name, branch } = threadNames(stream, thread)
  return { root, folder: join(root, 'work/.trees', name), branch, into }
}

/** A repository of small files in folders of 250, as one packed commit. */
function makeRepository(root: string, files: number, env: Record<string, string>): void {
  for (let number = 1; number <= files; number += 1) {
    const folder = join(root, `d${Math.ceil(number / 250)}`)
    if (number % 250 === 1) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${number}.txt`), `${number}\n`.repeat(200))
  }
  run(root, env, ['init', '-q', '-b', 'main'])
  run(root, env, ['config', 'gc.auto', '0'])
  run(root, env, ['config', 'user.name', 'Ada'])
  run(root, env, ['config', 'user.email', 'ada@example.com'])
  run(root, env, ['add', '-A'])
  run(root, env, ['commit', '-q', '-m', 'start'])
  run(root, env, ['gc', '-q'])
}

/**
 * Memory, where there is such a file system: on a disk the same files take up to twenty times the CPU in a folder that is
 * nearly full for its part of the disk, with any program.
 */
function placeForFiles(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
}

function environment(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  }
}

function run(cwd: string, env: Record<string, string>, args: readonly string[]): string {
  return execFileSync('git', args, { cwd, env, encoding: 'utf8' }).trim()
}

/** Seconds of CPU of this process and of the children that have ended. */
async function cpuOf(act: () => Promise<void>): Promise<number> {
  const [own, children] = [process.cpuUsage(), childSeconds()]
  await act()
  const { user, system } = process.cpuUsage(own)
  return (user + system) / 1e6 + childSeconds() - children
}

/** Linux counts them in hundredths of a second. */
function childSeconds(): number {
  const stat = execFileSync('cat', [`/proc/${process.pid}/stat`], { encoding: 'utf8' })
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}

function least(values: readonly number[] = []): number {
  return Math.min(...values)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
