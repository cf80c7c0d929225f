import * as z from 'zod/mini'
import { cloneFields, cloneSettings } from '../../src/agents/clone-settings.ts'
import { writeSync } from 'node:fs'
import { commandRunner } from '../helpers/command-runner.ts'
import type { Runner } from '../../src/runners/runner.ts'
import { startRun } from '../../src/engine/run.ts'
import { openIndex } from '../../src/store/index/index-file.ts'
import { openTasks, type TasksStore } from '../../src/store/tasks/tasks.ts'
import { streamPaths, workspaceAt } from '../../src/paths.ts'
import type { Plan } from '../../src/plan/plan.ts'

/**
 * A separate process that continues a workstream with real agents: `<root> <recorder> <crash> <command…>`. Prints
 * `ready`, and at its end how the run ended. At the named point `crash`, such as `start:2` (the second start), it
 * kills itself as a power failure would. `CRASH_CLONES`: the settings about clones, as JSON. `KILL_CALL` and others: a git
 * call at which it is killed; see `git-kill.sh`.
 */
const [root = '', recorder = '', crash = '', ...command] = process.argv.slice(2)
const workspace = workspaceAt(root)
const stream = streamPaths(workspace, '001-demo')
const now = () => new Date()
const plan: Plan = { name: 'Demo', line: 1, summary: '', references: [], stages: [] }
const passed = new Map<string, number>()
const clones = z.object(cloneFields).parse(JSON.parse(process.env['CRASH_CLONES'] ?? '{}'))
process.env['KILL_PID'] = String(process.pid)

say('ready')
const run = await startRun(
  {
    workspace,
    stream,
    tasks: crashingStore(openTasks(stream, now)),
    index: openIndex(workspace, now),
    agents: {
      agents: [
        {
          name: 'default',
          description: '',
          best_for: '',
          models: [],
          runner: 'command',
          options: { command },
          done_when: 'exit',
        },
      ],
      parallel: 4,
      clones: cloneSettings(clones),
    },
    runners: new Map([['command', crashingRunner(commandRunner({ recorder, root, grace: 100 }))]]),
    plan,
    now,
    env: process.env,
    program: '/bin/true',
    command: 'work continue',
  },
  { selection: { type: 'continue', without: [] }, parallel: undefined },
  { planned: () => pass('planned'), changed: () => pass('changed'), output: () => undefined },
)
pass('owned')
const { end } = await run.finished
say(`end ${end}`)

function pass(point: string): void {
  const times = (passed.get(point) ?? 0) + 1
  passed.set(point, times)
  if (`${point}:${times}` === crash) process.kill(process.pid, 'SIGKILL')
}

function crashingStore(store: TasksStore): TasksStore {
  return {
    ...store,
    commit: async (change) => {
      pass('commit')
      const value = await store.commit(change)
      pass('committed')
      return value
    },
  }
}

function crashingRunner(runner: Runner): Runner {
  return {
    ...runner,
    start: async (session, signal) => {
      pass('start')
      const start = runner.start(session, signal)
      pass('spawned')
      const identity = await start
      pass('started')
      return identity
    },
    watch: async (session, signal) => {
      pass('watch')
      const evidence = await runner.watch(session, signal)
      pass('ended')
      return evidence
    },
    look: async (session) => {
      pass('look')
      const look = await runner.look(session)
      pass('looked')
      return look
    },
  }
}

function say(line: string): void {
  writeSync(1, `${line}\n`)
}
