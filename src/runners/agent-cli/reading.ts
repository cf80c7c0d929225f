import { GrowingFile } from '../growing-file.ts'
import { openSources } from '../output.ts'
import { filesOf } from '../recorded/inspect.ts'
import type { RecordedProgram } from '../recorded/program.ts'
import { lastErrors } from '../recorded/session-files.ts'
import { homeOf, idOf, type AgentCli } from './cli.ts'
import { evidenceOf } from './evidence.ts'
import { CliOutput, createConversation } from './output.ts'

/** The parts of a program under the recorder that read its output. */
type OutputReading = Required<Pick<RecordedProgram, 'readEnd' | 'openOutput' | 'follow'>>

/** Reads the output of programs that write the events of an agent CLI. */
export function eventReading(cli: AgentCli): OutputReading {
  return {
    readEnd: (session, exit) => {
      const files = filesOf(session)
      const output = new CliOutput(cli, files.out)
      output.finish()
      return evidenceOf(cli, {
        exit,
        reading: output.reading,
        stderr: lastErrors(files),
        sessionId: idOf(session.record),
        home: homeOf(session, process.env),
        usedBefore: session.record.usedBefore,
      })
    },
    openOutput: (session) => {
      const { out, err } = filesOf(session)
      return openSources(session.root, out, [
        { file: new GrowingFile(out), ...createConversation(cli) },
        { file: new GrowingFile(err), entriesOf: (text) => [{ at: null, kind: 'stderr', text }] },
      ])
    },
    follow: (session) => new CliOutput(cli, filesOf(session).out),
  }
}
