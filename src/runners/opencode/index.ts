import { WorkError } from '../../errors.ts'
import { openSources } from '../output.ts'
import { GrowingFile } from '../growing-file.ts'
import { retryInstead } from '../resume.ts'
import type { RunnerDefinition } from '../runner.ts'
import { opencodeFiles } from './files.ts'
import { foreignSession } from './foreign.ts'
import { opencodeFields } from './options.ts'
import { findOpencode } from './server/executable.ts'
import { opencodeModels } from './models.ts'
import { createTranscript } from './transcript.ts'

/** The runner for opencode: sessions on one server per repository, with ids that are known before they exist. */
export const runner: RunnerDefinition = {
  name: 'opencode',
  fields: opencodeFields,
  doneWhen: 'tasks',
  commandOf: () => undefined,
  // A session that was cancelled before its prompt arrived has no usage, and no conversation to resume.
  refusalToResume: (_, { sessionId, usage }) =>
    usage === undefined
      ? `Session ${sessionId} was cancelled before its prompt arrived. ${retryInstead}`
      : null,
  foreignTo: foreignSession,
  probe: async (session, now) => (await import('./probe.ts')).probeOpencode(session, now),
  endRest: () => Promise.resolve(),
  openOutput: (session) => {
    const { events } = opencodeFiles(session)
    const transcript = createTranscript()
    return openSources(session.root, events, [
      { file: new GrowingFile(events), entriesOf: (line) => transcript.read(line) },
    ])
  },
  lastLine: () => '',
  screen: {
    title: "opencode's own screen",
    open: async (options) => (await import('./attach.ts')).openScreen(options),
  },
  server: {
    stop: async (options, force) => (await import('./server/status.ts')).endServer(options, force),
  },
  models: opencodeModels,
  isInstalled: (env, { keeper }) => {
    try {
      findOpencode(env, keeper)
      return true
    } catch (error) {
      if (!(error instanceof WorkError)) throw error
      return false
    }
  },
  checks: async () => (await import('./checks/index.ts')).opencodeChecks,
  open: async (options) => (await import('./runner.ts')).openOpencode(runner, options),
}
