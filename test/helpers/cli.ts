import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { findByEnvironment } from '../../src/process/identity.ts'
import type { Task, TasksFile } from '../../src/store/tasks/schema.ts'
import { streamPaths, workspaceAt, type StreamPaths, type Workspace } from '../../src/paths.ts'
import { streamEntry, tasksFile, workIndex } from '../builders/records.ts'
import { faultsOfHint } from './hints.ts'
import { until } from './until.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** The result of a run of `work`. */
export interface Result {
  /** The exit code; null when a signal ended it. */
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** Standard output as the JSON that all of it has to be. */
  json: () => unknown
}

interface RunOptions {
  /** Over the environment that the harness gives. */
  env?: Record<string, string>
  /** The root of the repository by default. */
  cwd?: string
  /** Standard input; empty by default. */
  input?: string
  /** The built program to run, instead of that of this repository. */
  program?: string
}

/** A `work` that runs in the background. */
export interface Running {
  pid: number
  /** What it has written until now. */
  readonly stdout: string
  readonly stderr: string
  /** Resolves when it has ended. */
  ended: Promise<Result>
  kill: (signal: NodeJS.Signals) => void
}

/** A repository with a `HOME` that has to stay empty. When the test ends all of it goes, and whatever runs in it. */
export interface TestWorkspace {
  root: string
  home: string
  /** The paths of the repository. */
  paths: Workspace
  /** The paths of the workstream `001-demo`. */
  stream: StreamPaths
  /** Runs `work` with these arguments to its end. */
  work: (...args: string[]) => Promise<Result>
  run: (args: string[], options?: RunOptions) => Promise<Result>
  start: (args: string[], options?: RunOptions) => Running
  /** Writes a text, or a value as JSON, to a path below the root. */
  write: (path: string, content: unknown) => void
  /** Removes a file or a folder below the root. */
  remove: (path: string) => void
  /** The text of a file below the root. */
  read: (path: string) => string
  /** What tasks.json of `001-demo` says. */
  readTasks: () => unknown
}

/** A repository right after `git init`. Call in a test or a `beforeEach`. */
export function makeRepository(): TestWorkspace {
  const folder = mkdtempSync(join(tmpdir(), 'work-cli-'))
  const [root, home, temporary] = [join(folder, 'repo'), join(folder, 'home'), join(folder, 'tmp')]
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    LANG: 'C.UTF-8',
    TMPDIR: temporary,
    // Nothing above is this test's, whatever the temp folder of this machine is in.
    GIT_CEILING_DIRECTORIES: folder,
  }
  for (const each of [root, home, temporary]) mkdirSync(each)
  execFileSync('git', ['init', '-q'], { cwd: root, env })

  onTestFinished(async () => {
    await endAll(home)
    const left = readdirSync(home)
    rmSync(folder, { recursive: true, force: true })
    expect(left, 'files in HOME').toEqual([])
  })

  const paths = workspaceAt(root)
  const stream = streamPaths(paths, '001-demo')
  const start = (args: string[], options: RunOptions = {}) =>
    launch(args, { cwd: root, ...options, env: { ...env, ...options.env } })
  return {
    root,
    home,
    paths,
    stream,
    work: (...args) => start(args).ended,
    run: (args, options) => start(args, options).ended,
    start,
    write: (path, content) => put(join(root, path), content),
    remove: (path) => rmSync(join(root, path), { recursive: true }),
    read: (path) => readFileSync(join(root, path), 'utf8'),
    readTasks: (): unknown => JSON.parse(readFileSync(stream.tasks, 'utf8')),
  }
}

/** A repository with the workstream `001-demo`, which is current, and these tasks. */
export function makeWorkspace(tasks: Task[] = [], fields: Partial<TasksFile> = {}): TestWorkspace {
  const workspace = makeRepository()
  put(workspace.paths.index, workIndex([streamEntry()], { current_stream: '001-demo' }))
  put(workspace.stream.tasks, tasksFile(tasks, fields))
  return workspace
}

/** Writes a text as it is, or a value as JSON, with the folders it needs. */
function put(path: string, content: unknown): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`)
}

/** What only a bug may print. */
export const bugSentence = 'This is a bug in work'

/** Fails when `work` said that it has a bug, or printed a next step that can't be typed as it is. */
function checkWords(args: readonly string[], { stdout, stderr }: { stdout: string; stderr: string }): void {
  const command = `work ${args.join(' ')}`
  if (`${stdout}${stderr}`.includes(bugSentence))
    throw new Error(`${command} says that it has a bug:\n${stdout}${stderr}`)
  const hints = `${stdout}\n${stderr}`.match(/^ *(?:→|->) .*$/gm) ?? []
  const faults = hints.flatMap(faultsOfHint)
  if (faults.length > 0) throw new Error(`${command} prints a hint that can't be typed: ${faults.join('; ')}`)
}

function launch(args: string[], { env, cwd, input = '', program = main }: RunOptions): Running {
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build`)
  const child = spawn(process.execPath, [program, ...args], { cwd, env })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
  // It may end without reading.
  child.stdin.on('error', () => undefined).end(input)
  return {
    pid: child.pid ?? 0,
    get stdout() {
      return written.stdout
    },
    get stderr() {
      return written.stderr
    },
    ended: endOf(child, written).then((result) => {
      checkWords(args, result)
      return result
    }),
    kill: (signal) => child.kill(signal),
  }
}

function endOf(child: ChildProcess, written: { stdout: string; stderr: string }): Promise<Result> {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) =>
      resolve({ code, signal, ...written, json: (): unknown => JSON.parse(written.stdout) }),
    )
  })
}

/** Ends every process of a test, also those that outlived who started them: all inherit its `HOME`. */
async function endAll(home: string): Promise<void> {
  await until(() => {
    const left = findByEnvironment('HOME', home)
    for (const pid of left) kill(pid)
    return left.length === 0
  })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}
