import { randomUUID } from 'node:crypto'
import { recordedRunner } from '../recorded/definition.ts'
import { retryInstead } from '../resume.ts'
import { readingOf } from './events.ts'
import { commandFields, readOptions } from './options.ts'
import type { RecordedProgram } from '../recorded/program.ts'

/** Any executable: the prompt goes to its standard input, and its exit code is the result. */
export const commandProgram: RecordedProgram = {
  name: 'command',
  fields: commandFields,
  doneWhen: 'exit',
  newIds: () => ({ sessionId: `cmd_${randomUUID()}` }),
  commandOf: (agent, mode) => readOptions(agent)[mode === 'resume' ? 'resume_command' : 'command'],
  // Such a program keeps its own conversations and can't be asked whether it still has one.
  refusalToResume: (agent, { sessionId }) =>
    readOptions(agent).resume_command === undefined
      ? `Agent "${agent.name}" has no resume_command in agents.yaml, so session ${sessionId} can't be resumed. ${retryInstead}`
      : null,
  eventsOf: (agent) => readOptions(agent).events,
  readEnd: (session, exit) => readingOf(session.record)?.readEnd(session, exit) ?? exit,
  openOutput: (session) => readingOf(session.record)?.openOutput(session),
  follow: (session) => readingOf(session.record)?.follow(session),
  checks: async () => (await import('./checks.ts')).commandChecks,
}

export const runner = recordedRunner(commandProgram)
