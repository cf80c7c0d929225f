import { createOpencodeClient, type OpencodeClient } from '@opencode-ai/sdk/v2/client'
import type {
  AssistantMessage,
  Part,
  PermissionRequest,
  SessionStatus,
  UserMessage,
} from '@opencode-ai/sdk/v2/types'
import { exitCodes, messageOf, WorkError } from '../../errors.ts'
import { configError } from './config-error.ts'
import { headersOf, type OpencodeServer } from './server.ts'

/** A message of a session with what it is made of. */
export interface Entry {
  info: UserMessage | AssistantMessage
  parts: Part[]
}

/** What opencode answers for something that it does not have. */
export type Missing = undefined

export interface NewTurn {
  sessionId: string
  messageId: string
  text: string
  agent: string
  model: ModelChoice
}

export interface ModelChoice {
  providerID: string
  modelID: string
  variant?: string
}

/** The calls to a server that sessions need. Each throws when the server can't be reached or refuses. */
export interface OpencodeApi {
  /** The models of all providers that are set up, as `provider/model`. */
  models(): Promise<string[]>
  /** Makes a session with this id, unless there is one. */
  createSession(session: { id: string; title: string; agent: string; model: ModelChoice }): Promise<void>
  hasSession(sessionId: string): Promise<boolean>
  /** Delivers a prompt. The same message id again does nothing, or takes up a turn that was cut short. */
  prompt(turn: NewTurn): Promise<void>
  /** The messages of a session, oldest first; undefined when there is no such session. */
  messages(sessionId: string): Promise<Entry[] | Missing>
  /** What sessions in the folder are doing, by their ids; idle ones have no status. */
  statuses(): Promise<Record<string, SessionStatus>>
  /** Stops the turn, and the shell commands that it runs. */
  abort(sessionId: string): Promise<void>
  /** The session that has started this one; undefined for one that nobody has, or that is not there. */
  parentOf(sessionId: string): Promise<string | undefined>
  /** What sessions in the folder wait to be allowed. */
  permissions(): Promise<PermissionRequest[]>
  replyPermission(requestId: string, reply: 'once' | 'reject'): Promise<void>
  /** All events of the server, until it ends or `signal` aborts. */
  events(signal: AbortSignal): Promise<AsyncIterable<unknown>>
}

/** What nobody is there to answer. */
const unattended = ['question', 'plan_enter', 'plan_exit'].map((permission) => ({
  permission,
  pattern: '*',
  action: 'deny' as const,
}))

/** How long a server may take to answer a call, in milliseconds. */
const callPatience = 30_000

/** Calls a server, for sessions in the folder `directory` (absolute). A call that is not answered in time is an error. */
export function openApi(server: OpencodeServer, directory: string, patience = callPatience): OpencodeApi {
  const access = { baseUrl: server.url, directory, headers: headersOf(server) }
  const client = createOpencodeClient({
    ...access,
    fetch: (input: string | URL | Request) => fetch(input, { signal: AbortSignal.timeout(patience) }),
  })
  const strict = { throwOnError: true } as const
  return {
    async models() {
      const { providers } = (await client.config.providers(undefined, strict)).data
      return providers.flatMap(({ id, models }) => Object.keys(models).map((model) => `${id}/${model}`))
    },
    async createSession({ id, title, agent, model: { providerID, modelID, variant } }) {
      const reference = { id: modelID, providerID, ...(variant === undefined ? {} : { variant }) }
      const made = await client.v2.session.create({ id, agent, model: reference, location: { directory } })
      // Without an answer it is the connection that is at fault.
      if (made.response === undefined) throw made.error
      const updated = await client.session.update({ sessionID: id, title, permission: unattended })
      if (updated.response === undefined) throw updated.error
      if (made.error !== undefined || updated.error !== undefined) {
        const error = made.error ?? updated.error
        throw configError(error) ?? notMade(id, server.version, error)
      }
    },
    hasSession: async (sessionID) => (await get(client, sessionID)).response.status === 200,
    async prompt({ sessionId, messageId, text, agent, model: { providerID, modelID, variant } }) {
      await client.session.promptAsync(
        {
          sessionID: sessionId,
          messageID: messageId,
          agent,
          model: { providerID, modelID },
          ...(variant === undefined ? {} : { variant }),
          // With an id of its own: the same prompt again is then the same part, and not one more.
          parts: [{ id: messageId.replace(/^msg/, 'prt'), type: 'text', text }],
        },
        strict,
      )
    },
    async messages(sessionID) {
      const { data, error, response } = await client.session.messages({ sessionID })
      if (data !== undefined) return data
      if (response?.status === 404) return undefined
      throw refusal('messages', error)
    },
    statuses: async () => (await client.session.status(undefined, strict)).data,
    async abort(sessionID) {
      const { error, response } = await client.session.abort({ sessionID })
      // One that is not there does nothing.
      if (response?.status !== 200 && response?.status !== 404) throw refusal('end of a session', error)
    },
    parentOf: async (sessionID) => (await get(client, sessionID)).data?.parentID,
    permissions: async () => (await client.permission.list(undefined, strict)).data,
    async replyPermission(requestID, reply) {
      await client.permission.reply({ requestID, reply }, strict)
    },
    async events(signal) {
      // The signal once more: that of a `Request` may be collected as garbage, and then never aborts.
      const heard = createOpencodeClient({
        ...access,
        fetch: (input: string | URL | Request) => fetch(input, { signal }),
      })
      return (await heard.global.event({ signal, sseMaxRetryAttempts: 0 })).stream
    },
  }
}

async function get(client: OpencodeClient, sessionID: string) {
  const result = await client.session.get({ sessionID })
  if (result.response?.status === 200 || result.response?.status === 404) return result
  throw refusal('session', result.error)
}

/** A server that is too old knows no such call, or gives its sessions other ids. */
function notMade(id: string, version: string, error: unknown): WorkError {
  return new WorkError(
    `opencode ${version} did not make a session with the id ${id}: ${messageOf(error)}. work doctor tells which versions do.`,
    { code: 'no-session-id', exitCode: exitCodes.unfinished, cause: error },
  )
}

/** What helps with a server that does not do what it is asked for. */
export const refusedHint =
  'work/.run/opencode.log may say why. work doctor --stop-server --force ends the server with all its sessions.'

function refusal(what: string, error: unknown): WorkError {
  const broken = configError(error)
  if (broken !== undefined) return broken
  return new WorkError(`opencode did not tell its ${what}: ${JSON.stringify(error)}`, {
    code: 'opencode-refused',
    hint: refusedHint,
    exitCode: exitCodes.unfinished,
    cause: error,
  })
}
