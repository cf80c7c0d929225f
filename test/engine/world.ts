import { cloneSettings } from '../../src/agents/clone-settings.ts'
import type { Run, RunReport, RunWorld } from '../../src/engine/run-context.ts'
import { startRun, type RunRequest } from '../../src/engine/run.ts'
import { threadsOf, type ThreadFacts } from '../../src/threads/thread.ts'
import type { Agent } from '../../src/agents/agents-file.ts'
import { openIndex, type Approval } from '../../src/store/index/index-file.ts'
import { openTasks } from '../../src/store/tasks/tasks.ts'
import type { Task, TasksFile } from '../../src/store/tasks/schema.ts'
import { ScriptedRunner, type Call } from './scripted-runner.ts'
import { makeWorkspace, put } from '../builders/workspace.ts'
import { agent } from '../builders/agents.ts'
import { planOf } from '../builders/plan.ts'
import { tasksFile, workIndex, streamEntry } from '../builders/records.ts'
import { tasksOf } from '../builders/threads.ts'

export interface TestWorld extends RunWorld {
  runner: ScriptedRunner
  /** The current state of a thread in tasks.json. */
  disk(thread?: string): ThreadFacts
  run(request?: Partial<RunRequest>): Promise<Run>
  /** Runs to the end. */
  runAll(request?: Partial<RunRequest>): Promise<RunReport>
}

const now = () => new Date()

export interface WorldOptions {
  /** Thread ids: each gets two tasks. Or tasks. */
  threads?: string[]
  tasks?: Task[]
  envelopes?: TasksFile['threads']
  agent?: Partial<Agent>
  approval?: Approval
  parallel?: number
  /** Milliseconds that sessions get to end by force. */
  patience?: number
}

/** A workstream on disk in a folder of its own, and a scripted runner. */
export function makeWorld(options: WorldOptions = {}): TestWorld {
  const workspace = makeWorkspace()
  const { stream } = workspace
  const { threads = ['01.01.01'], tasks = threads.flatMap(tasksOf), envelopes = {} } = options
  put(stream.tasks, tasksFile(tasks, { threads: envelopes }))
  const { approval = { status: 'draft' } } = options
  put(workspace.index, workIndex([streamEntry({ approval })]))
  const runner = new ScriptedRunner()
  const world: RunWorld = {
    workspace,
    stream,
    tasks: openTasks(stream, now),
    index: openIndex(workspace, now),
    agents: {
      agents: [agent(options.agent)],
      parallel: options.parallel ?? 4,
      clones: cloneSettings({}),
    },
    runners: new Map([['command', runner]]),
    plan: planOf(tasks),
    now,
    env: { PATH: '/bin' },
    program: '/usr/bin/true',
    command: 'work multi --batch 01.01',
    patience: options.patience,
    statePatience: 500,
  }
  const run: TestWorld['run'] = (request) =>
    startRun(
      world,
      { selection: { type: 'continue', without: [] }, parallel: undefined, ...request },
      { planned: () => undefined, changed: () => undefined, output: () => undefined },
    )
  return {
    ...world,
    runner,
    run,
    runAll: async (request) => (await run(request)).finished,
    disk: (thread = '01.01.01') => factsOf(world, thread),
  }
}

/** The saved state of a thread at a call, in short form. */
export function briefOf(world: TestWorld, { method, thread, record }: Call): string {
  const facts = world.disk(thread)
  const last = facts.sessions.at(-1)
  const [first] = facts.tasks
  const matches =
    last?.sessionId === record.sessionId &&
    last.token === record.token &&
    last.status === 'running' &&
    first.currentSessionId === record.sessionId
  return `${method}: ${facts.status} ${matches ? 'with' : 'WITHOUT'} its session, ${JSON.stringify(stateOf(facts))}`
}

/** The state of a thread's chart as tasks.json has it. */
export function stateOf({ envelope: saved }: ThreadFacts): unknown {
  const snapshot = saved?.snapshot
  return typeof snapshot === 'object' && snapshot !== null && 'value' in snapshot ? snapshot.value : undefined
}

function factsOf(world: RunWorld, id: string): ThreadFacts {
  const facts = threadsOf(world.tasks.read()).find((thread) => thread.id === id)
  if (facts === undefined) throw new Error(`There is no thread ${id}.`)
  return facts
}
