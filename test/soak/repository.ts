import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TasksFile, type Task } from '../../src/store/tasks/schema.ts'
import { marker } from './processes.ts'
import type { SoakRunner } from './options.ts'
import { threadsOf } from '../../src/threads/thread.ts'
import { isolationSettings, makeHistory, watchGit } from './isolation.ts'
import { planText } from '../builders/plan.ts'

/** How a run of `work` ended. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** A `work` that runs. */
export interface Started {
  pid: number
  /** Set once it has ended. */
  ended: Ended | undefined
  end: Promise<Ended>
}

/** A repository of a round: twelve threads, ready to run. */
export interface SoakRepository {
  /** What all its processes have in their environment, as the value of {@link marker}. */
  id: string
  /** Holds everything of the round. */
  folder: string
  root: string
  home: string
  temporary: string
  ledger: string
  start: (args: readonly string[]) => Started
  run: (args: readonly string[]) => Promise<Ended>
  /** The tasks that tasks.json has now. */
  tasks: () => Task[]
  /** Whether every thread is completed: with isolation, also merged. */
  isDone: () => boolean
  /** What is wrong in git at the end; nothing without isolation. */
  findFaults: () => string[]
  remove: () => void
}

/** Where the soak finds the project, and where it puts what it makes. */
export interface SoakPlace {
  /** The repository of the project, with a built `dist`. */
  root: string
  folder: string
}

export interface RepositoryOptions {
  place: SoakPlace
  runner: SoakRunner
  isolation: boolean
  /** The environment that the runner needs, once the folder of the round is known. */
  environment: (folder: string) => Record<string, string>
}

/** Makes a repository with an approved plan, with the commands that users type. */
export async function makeSoakRepository(options: RepositoryOptions): Promise<SoakRepository> {
  const { place, runner, isolation, environment } = options
  const folder = mkdtempSync(join(place.folder, 'round-'))
  const [root, home, temporary] = [join(folder, 'repo'), join(folder, 'home'), join(folder, 'tmp')]
  for (const each of [root, home, temporary]) mkdirSync(each)
  const ledger = join(folder, 'ledger')
  const id = randomUUID()
  const base = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    LANG: 'C.UTF-8',
    TMPDIR: temporary,
    [marker]: id,
  }
  const env = { ...base, ...environment(folder) }
  execFileSync('git', ['init', '-q'], { cwd: root, env })
  if (isolation) makeHistory(root, env)

  const start = (args: readonly string[]) =>
    startWork(join(place.root, 'dist/main.js'), args, { cwd: root, env })
  const run = (args: readonly string[]) => start(args).end
  const write = (path: string, text: string) => writeFileSync(join(root, path), text)
  const agent = [
    process.execPath,
    join(place.root, 'test/soak/agent.mjs'),
    ledger,
    ...(isolation ? ['isolation'] : []),
  ]
  for (const args of [['init'], ['create', 'soak']]) requireSuccess(args, await run(args))
  write('work/001-soak/PLAN.md', planText([[planned(4), planned(4), planned(4)]]))
  write(
    'work/agents.yaml',
    JSON.stringify({ parallel: 4, ...(isolation && isolationSettings), agents: [agentEntry(runner, agent)] }),
  )
  for (const args of [
    ['approve', 'plan'],
    ['approve', 'tasks'],
  ])
    requireSuccess(args, await run(args))
  const read = () => TasksFile.parse(JSON.parse(readFileSync(join(root, 'work/001-soak/tasks.json'), 'utf8')))
  const findFaults = isolation ? watchGit(root, env) : () => []

  return {
    id,
    folder,
    root,
    home,
    temporary,
    ledger,
    start,
    run,
    tasks: () => read().tasks,
    isDone: () => threadsOf(read()).every(({ status }) => status === 'completed'),
    findFaults,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** So many threads of two steps. */
function planned(threads: number): string[][] {
  return Array.from({ length: threads }, (_, index) => [
    `Step one of ${index + 1}`,
    `Step two of ${index + 1}`,
  ])
}

function agentEntry(runner: SoakRunner, command: string[]): Record<string, unknown> {
  const entry = { name: 'default', runner, done_when: 'tasks' }
  return runner === 'command' ? { ...entry, command } : { ...entry, models: ['local/m1'] }
}

function startWork(
  main: string,
  args: readonly string[],
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Started {
  const child = spawn(process.execPath, [main, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
  const end = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, ...written }))
  })
  const started: Started = { pid: child.pid ?? 0, ended: undefined, end }
  void end.then((ended) => (started.ended = ended))
  return started
}

function requireSuccess(args: readonly string[], { code, stderr }: Ended): void {
  if (code !== 0) throw new Error(`work ${args.join(' ')} ended with ${code}: ${stderr}`)
}
