import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findByToken } from '../../src/process/membership.ts'
import { workspaceAt } from '../../src/paths.ts'
import { filesOf } from '../../src/runners/recorded/inspect.ts'
import { openRecorded } from '../../src/runners/recorded/runner.ts'
import type { RunnerDefinition } from '../../src/runners/runner.ts'
import { session } from './sessions.ts'
import { fixture, textOf } from '../helpers/processes.ts'
import type { Behaviour, RunnerUnderTest } from './conformance.ts'
import type { RecordedProgram } from '../../src/runners/recorded/program.ts'
import type { RunnerAgent } from '../../src/runners/agent.ts'

/** A runner of programs under the recorder, whose agents are fixtures. `agentOf` makes an agent that runs these words. */
export function recordedUnderTest(
  definition: RunnerDefinition,
  program: RecordedProgram,
  recorder: string,
  agentOf: (words: string[]) => RunnerAgent,
): RunnerUnderTest {
  return {
    definition,
    word: 'ready',
    knowsItsSessions: false,
    resumed: (one) => ({
      ...one,
      record: {
        ...one.record,
        mode: 'resume',
        attempt: 2,
        log: 'work/logs/01.01.01/2',
        token: `${one.record.token}-2`,
      },
      env: () => ({ ...one.env(), WORK_TOKEN: `${one.record.token}-2` }),
    }),
    open: () =>
      Promise.resolve(
        openRecorded(definition, program, {
          workspace: workspaceAt('/'),
          helpers: { recorder, keeper: '' },
          env: process.env,
          now: () => new Date(),
          server: undefined,
          grace: 150,
        }),
      ),
    makeSession: (behaviour) => {
      const one = session({ command: [], record: { runner: definition.name } })
      mkdirSync(dirname(one.files.start), { recursive: true })
      return Promise.resolve({ ...one, agent: agentOf(wordsFor(behaviour, one.root)) })
    },
    countStarts: (one) => {
      const counted = (textOf(startsIn(one.root)).match(/^start/gm) ?? []).length
      return Promise.resolve(counted)
    },
    isAtWork: (one) => {
      const { exit } = filesOf(one)
      const isStarted = textOf(startsIn(one.root)) !== ''
      const left = findByToken(one).filter((pid) => pid !== process.pid)
      return Promise.resolve(isStarted && !existsSync(exit) && left.length > 0)
    },
  }
}

function startsIn(root: string): string {
  return join(root, 'starts')
}

/** The fixture and its arguments: it writes a line to a file when it starts. */
function wordsFor(behaviour: Behaviour, root: string): string[] {
  return [fixture('conform'), behaviour, startsIn(root)]
}
