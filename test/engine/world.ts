import { createActor } from 'xstate'
import type { SessionRecord } from '../../machines/session.ts'
import { envelopeOf } from '../../src/threads/snapshot.ts'
import type { Run, RunReport, RunWorld } from '../../src/engine/run-context.ts'
import { startRun, type RunRequest } from '../../src/engine/run.ts'
import { threadsOf, type ThreadFacts } from '../../src/threads/thread.ts'
import { lastNumber, parentId } from '../../src/ids.ts'
import type { Plan } from '../../src/plan/plan.ts'
import type { Agent } from '../../src/agents/agents-file.ts'
import { openIndex, type Approval } from '../../src/store/index/index-file.ts'
import { openTasks } from '../../src/store/tasks/tasks.ts'
import type { Task, TasksFile, ThreadEnvelope } from '../../src/store/tasks/schema.ts'
import { threadMachine } from '../../machines/thread.ts'
import { makeWorkspace, put, task, tasksFile } from '../store/workspace.ts'
import { ScriptedRunner, type Call } from './scripted-runner.ts'

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

/** Fields of an agent that runs on `command`. */
export type AgentFields = Partial<Agent> & { command?: string[]; resume_command?: string[] }

/** The one agent of most worlds. */
export function agent({ command = ['do-it'], resume_command, ...fields }: AgentFields = {}): Agent {
  return {
    name: 'default',
    description: '',
    best_for: '',
    models: [],
    runner: 'command',
    done_when: 'exit',
    options: { command, ...(resume_command === undefined ? {} : { resume_command }) },
    ...fields,
  }
}

/** A workstream on disk in a folder of its own, and a scripted runner. */
export function makeWorld(options: WorldOptions = {}): TestWorld {
  const workspace = makeWorkspace()
  const { stream } = workspace
  const { threads = ['01.01.01'], tasks = threads.flatMap(tasksOf), envelopes = {} } = options
  put(stream.tasks, tasksFile({ tasks, threads: envelopes }))
  put(workspace.index, {
    version: '1.0.0',
    last_updated: '',
    streams: [
      {
        id: stream.id,
        name: 'demo',
        created_at: '',
        updated_at: '',
        approval: options.approval ?? { status: 'draft' },
      },
    ],
  })
  const runner = new ScriptedRunner()
  const world: RunWorld = {
    workspace,
    stream,
    tasks: openTasks(stream, now),
    index: openIndex(workspace, now),
    agents: { agents: [agent(options.agent)], parallel: options.parallel ?? 4 },
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

/** Two pending tasks of a thread. */
export function tasksOf(thread: string): Task[] {
  return ['01', '02'].map((number) =>
    task({ id: `${thread}.${number}`, thread_name: `Thread ${thread}`, name: `Task ${number}` }),
  )
}

/** A session record of a thread, by default running. */
export function session(fields: Partial<SessionRecord> = {}): SessionRecord {
  return {
    sessionId: 'ses_9',
    agentName: 'default',
    model: '',
    startedAt: '2026-02-03T04:00:00.000Z',
    status: 'running',
    attempt: 1,
    runner: 'command',
    mode: 'fresh',
    token: 'token-9',
    doneWhen: 'exit',
    cwd: '.',
    log: 'work/001-demo/logs/01.01.01/1',
    ...fields,
  }
}

/** The tasks of a thread whose session was left running, and the envelope of its chart. */
export function runningThread(
  thread = '01.01.01',
  fields: Partial<SessionRecord> = {},
): { tasks: Task[]; envelopes: Record<string, ThreadEnvelope> } {
  const record = session(fields)
  const [first, ...rest] = tasksOf(thread)
  if (first === undefined) throw new Error('There is no task.')
  return {
    tasks: [{ ...first, sessions: [record], currentSessionId: record.sessionId }, ...rest],
    envelopes: { [thread]: envelope({ running: 'working' }, { threadId: thread }) },
  }
}

/** A thread whose provider has refused the first of its two models, which is not yet settled. */
export function refusedThread(): ReturnType<typeof runningThread> {
  const left = runningThread('01.01.01', { model: 'a/one' })
  const {
    startedAt: _,
    status: __,
    ...fallback
  } = session({ sessionId: 'ses_10', attempt: 2, model: 'b/two' })
  const ending = { cause: { status: 'failed', reason: 'provider' }, force: false }
  const saved = envelope({ running: 'ending' }, { fallbacks: [{ ...fallback, token: 'token-10' }], ending })
  return { ...left, envelopes: { '01.01.01': saved } }
}

/** The saved state of a chart in this state. */
export function envelope(value: unknown, context: object = {}, fields: object = {}): ThreadEnvelope {
  const actor = createActor(threadMachine, { input: { threadId: '01.01.01', sessions: [] } })
  const { snapshot, ...rest } = envelopeOf(actor.getSnapshot(), '2026-02-03T04:00:00.000Z')
  if (typeof snapshot !== 'object' || snapshot === null || !('context' in snapshot)) throw new Error('Odd.')
  const merged = Object.assign({}, snapshot.context, context)
  return { ...rest, snapshot: { ...snapshot, value, context: merged, ...fields } }
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

/** Approves what runs need: the named stages. */
export function approvedStages(...stages: string[]): Approval {
  return {
    status: 'approved',
    stages: Object.fromEntries(stages.map((stage) => [stage, { status: 'approved' }])),
  }
}

function factsOf(world: RunWorld, id: string): ThreadFacts {
  const facts = threadsOf(world.tasks.read()).find((thread) => thread.id === id)
  if (facts === undefined) throw new Error(`There is no thread ${id}.`)
  return facts
}

/** A plan with a thread for each of the tasks. */
export function planOf(tasks: Task[]): Plan {
  const ids = [...new Set(tasks.map(({ id }) => parentId(id, 'thread')))]
  const below = (parent: string, level: 'stage' | 'batch' | 'thread') =>
    [...new Set(ids.map((id) => parentId(id, level)))].filter(
      (id) => parent === '' || id.startsWith(`${parent}.`),
    )
  return {
    name: 'Demo',
    line: 1,
    summary: '',
    references: [],
    stages: below('', 'stage').map((stage) => ({
      ...part(stage, 'Stage'),
      definition: '',
      constitution: '',
      questions: [],
      batches: below(stage, 'batch').map((batch) => ({
        ...part(batch, 'Batch'),
        summary: '',
        threads: below(batch, 'thread').map((thread) => ({
          ...part(thread, `Thread ${thread}`),
          summary: `Summary of ${thread}.`,
          details: `Details of ${thread}.`,
          steps: tasks
            .filter((one) => parentId(one.id, 'thread') === thread)
            .map((one) => ({ text: one.name, line: 1, checked: false })),
        })),
      })),
    })),
  }
}

function part(id: string, name: string) {
  return { id, number: lastNumber(id), name, line: 1 }
}
