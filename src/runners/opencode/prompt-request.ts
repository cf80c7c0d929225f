import type { SessionRecord } from '../../../machines/session.ts'
import { WorkError } from '../../errors.ts'
import type { RunnerSession } from '../runner.ts'
import type { ModelChoice, NewTurn } from './client.ts'

/** The request of a session to opencode, without the prompt text. */
export function turnOf({ record, agent }: RunnerSession): Omit<NewTurn, 'text'> {
  const { sessionId, messageId } = record
  if (messageId === undefined) {
    throw new WorkError(
      `Session ${sessionId} has no "messageId" in tasks.json, so its prompt can't be found.`,
      {
        code: 'no-message-id',
      },
    )
  }
  return {
    sessionId,
    messageId,
    agent: agent?.opencode_agent ?? 'build',
    model: modelOf(record),
  }
}

/** The model in opencode's format: `provider/model`, where the model may contain slashes. */
function modelOf({ model, variant }: SessionRecord): ModelChoice {
  const name = variant === undefined ? model : model.slice(0, -`:${variant}`.length)
  const slash = name.indexOf('/')
  const choice = { providerID: name.slice(0, slash), modelID: name.slice(slash + 1) }
  return variant === undefined ? choice : { ...choice, variant }
}
