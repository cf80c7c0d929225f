import { findUnknownFields } from '../../../agents/agents-file.ts'
import { plainText } from '../../../text/sanitize.ts'
import type { Workspace } from '../../../paths.ts'
import { commandLog } from '../../command-log.ts'
import { say } from '../../output.ts'

/** Warns of misspelled fields in agents.yaml, which have no effect. Fields that resemble none are other tools' own. */
export async function warnOfFields({ agents }: Workspace): Promise<void> {
  for (const { line, name, meant } of await findUnknownFields(agents)) {
    if (meant === undefined) continue
    const sentence = `work/agents.yaml:${line}: unknown field ${name} has no effect. Did you mean "${meant}"?`
    commandLog()?.write('warning', { text: sentence })
    say(plainText(`Warning: ${sentence}`))
  }
}
