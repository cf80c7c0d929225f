import type { SessionRecord } from '../../../machines/session.ts'
import { WorkError } from '../../errors.ts'
import type { RunnerSession } from '../runner.ts'
import type { ModelChoice, NewTurn } from './api.ts'

/** What a session asks of opencode, but for the words. */
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

/** The model of a session as opencode takes it: `provider/model`, where the model may hold slashes of its own. */
function modelOf({ model, variant }: SessionRecord): ModelChoice {
  const name = variant === undefined ? model : model.slice(0, -`:${variant}`.length)
  const slash = name.indexOf('/')
  const choice = { providerID: name.slice(0, slash), modelID: name.slice(slash + 1) }
  return variant === undefined ? choice : { ...choice, variant }
}
