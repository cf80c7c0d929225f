import type { SessionRecord } from '../../../machines/session.ts'
import { WorkError } from '../../errors.ts'
import type { RunnerSession } from '../runner.ts'
import type { ModelChoice, NewTurn } from './client.ts'
import { readOptions } from './options.ts'

/** The request of a session to opencode, without the prompt text. */
export function turnOf({ record, agent, writes }: RunnerSession): Omit<NewTurn, 'text'> {
  const { opencode_agent: name, permissions } = readOptions(agent)
  return {
    sessionId: record.sessionId,
    messageId: promptIdOf(record),
    agent: name,
    model: modelOf(record),
    isReadOnly: permissions === 'read',
    writes,
  }
}

/** The id of a session's prompt. Throws a `WorkError` (`no-message-id`) for a damaged record. */
export function promptIdOf({ sessionId, messageId }: SessionRecord): string {
  if (messageId !== undefined) return messageId
  throw new WorkError(
    `Session ${sessionId} has no "messageId" in tasks.json, so its prompt can't be found.`,
    { code: 'no-message-id' },
  )
}

/** The model in opencode's format: `provider/model`, where the model may contain slashes. */
function modelOf({ model, variant }: SessionRecord): ModelChoice {
  const name = variant === undefined ? model : model.slice(0, -`:${variant}`.length)
  const slash = name.indexOf('/')
  const choice = { providerID: name.slice(0, slash), modelID: name.slice(slash + 1) }
  return variant === undefined ? choice : { ...choice, variant }
}
