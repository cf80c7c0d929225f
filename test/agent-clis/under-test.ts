import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentCli } from '../../src/runners/agent-cli/cli.ts'
import { cliRunner } from '../../src/runners/agent-cli/runner.ts'
import { filesOf } from '../../src/runners/recorded/inspect.ts'
import { readStart } from '../../src/runners/recorded/session-files.ts'
import { findByToken } from '../../src/process/membership.ts'
import { callTool, empty, hang, runShell, say, type Answer } from '../helpers/model-server.ts'
import type { Behaviour, RunnerUnderTest } from '../runners/conformance.ts'
import { inOrder, type ModelServer, type ScriptedModel } from './models/server.ts'
import { cliSession, openCli, resumeOf } from './sessions.ts'

/** A file that its tool makes in the root of the repository. */
const begun = 'begun'

/** What the model does for each behaviour of an agent. */
const answers: Record<Behaviour, Answer[]> = {
  ends: [say('ready')],
  silent: [empty()],
  hangs: [runShell(`echo >${begun}`), callTool('bash', { command: 'true' }, 'ready'), hang()],
  stubborn: [runShell(`trap '' INT TERM; echo >${begun}; while :; do sleep 1; done`)],
}

/** The runner of an agent CLI, whose agents are the real program with a scripted model. */
export function cliUnderTest(cli: AgentCli, models: ModelServer): RunnerUnderTest {
  let model: ScriptedModel | undefined
  return {
    definition: cliRunner(cli),
    word: 'ready',
    knowsItsSessions: true,
    open: () => openCli(cli),
    makeSession: (behaviour) => {
      const one = cliSession(cli, models, inOrder(...answers[behaviour]))
      model = one.model
      return Promise.resolve(one)
    },
    resumed: resumeOf,
    // The first request of a run is the one that has no result of a tool.
    countStarts: () => {
      const begins = model?.requests.filter(({ messages }) => messages.every(({ role }) => role !== 'tool'))
      return Promise.resolve(begins?.length ?? 0)
    },
    isAtWork: (one) => {
      const start = readStart(filesOf(one))
      const recorder = start !== undefined && 'recorder' in start ? start.recorder.pid : undefined
      const left = findByToken(one).filter((pid) => pid !== recorder)
      return Promise.resolve(existsSync(join(one.root, begun)) && left.length > 0)
    },
  }
}
