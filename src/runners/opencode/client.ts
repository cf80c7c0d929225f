import { relative } from 'node:path'
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
import { headersOf, type OpencodeServer } from './server/server.ts'
import { callPatience } from './waits.ts'
import { advice, commandText, work } from '../../text/hint.ts'

/** A message of a session with its parts. */
export interface MessageEntry {
  info: UserMessage | AssistantMessage
  parts: Part[]
}

/** The result for something that opencode does not have. */
type Missing = undefined

export interface NewTurn {
  sessionId: string
  messageId: string
  text: string
  agent: string
  model: ModelChoice
  /** It may not change files, nor run commands but `work`. */
  isReadOnly: boolean
  /** The only file that it may write, absolute; undefined for no such limit. */
  writes?: string | undefined
}

export interface ModelChoice {
  providerID: string
  modelID: string
  variant?: string
}

/** The server calls that sessions need. Each throws if the server can't be reached or refuses. */
export interface OpencodeApi {
  /** The models of all configured providers, as `provider/model`. */
  models(): Promise<string[]>
  /** Creates a session with this id, unless there is one. */
  createSession(
    session: { id: string; title: string } & Pick<NewTurn, 'agent' | 'model' | 'isReadOnly' | 'writes'>,
  ): Promise<void>
  /** From now on an existing session may write only this file (absolute). */
  limitSession(sessionId: string, path: string): Promise<void>
  hasSession(sessionId: string): Promise<boolean>
  /** Delivers a prompt. Sending the same message id again does nothing, or resumes a turn that was cut short. */
  prompt(turn: NewTurn): Promise<void>
  /** The messages of a session, oldest first; undefined if there is no such session. */
  messages(sessionId: string): Promise<MessageEntry[] | Missing>
  /** The statuses of the sessions in the folder, by id; idle sessions have none. */
  statuses(): Promise<Record<string, SessionStatus>>
  /** Stops the turn and the shell commands that it runs. */
  abort(sessionId: string): Promise<void>
  /** The session that started this one; undefined if there is none, or if this session does not exist. */
  parentOf(sessionId: string): Promise<string | undefined>
  /** The permissions that sessions in the folder wait for. */
  permissions(): Promise<PermissionRequest[]>
  replyPermission(requestId: string, reply: 'once' | 'reject'): Promise<void>
  /** All events of the server, until it ends or `signal` aborts. */
  events(signal: AbortSignal): Promise<AsyncIterable<unknown>>
}

/** Rules against questions that nobody is there to answer. */
const unattended = ['question', 'plan_enter', 'plan_exit'].map((permission) => rule(permission, '*', 'deny'))

/** Rules for looking only; of two that match, the last one counts. */
const readOnly = [rule('edit', '*', 'deny'), rule('bash', '*', 'deny'), rule('bash', 'work *', 'allow')]

/** Rules for looking only, and for writing one file (absolute); opencode compares paths from its folder. */
function limitedTo(directory: string, path: string) {
  return [...readOnly, rule('edit', relative(directory, path), 'allow')]
}

function rule(permission: string, pattern: string, action: 'allow' | 'deny') {
  return { permission, pattern, action }
}

/**
 * Calls a server, for sessions in the folder `directory` (absolute). A call that is not answered in time is an error.
 */
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
    async createSession({ id, title, agent, model: { providerID, modelID, variant }, isReadOnly, writes }) {
      const reference = { id: modelID, providerID, ...(variant === undefined ? {} : { variant }) }
      const made = await client.v2.session.create({ id, agent, model: reference, location: { directory } })
      // Without a response, the connection failed.
      if (made.response === undefined) throw made.error
      const limits = writes === undefined ? [] : limitedTo(directory, writes)
      const permission = [...unattended, ...(isReadOnly ? readOnly : []), ...limits]
      const updated = await client.session.update({ sessionID: id, title, permission })
      if (updated.response === undefined) throw updated.error
      if (made.error !== undefined || updated.error !== undefined) {
        const error = made.error ?? updated.error
        throw configError(error) ?? notMade(id, server.version, error)
      }
    },
    async limitSession(sessionID, path) {
      await client.session.update({ sessionID, permission: limitedTo(directory, path) }, strict)
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
          // With its own id: the same prompt again is then the same part, not one more.
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
      // Aborting a session that does not exist does nothing.
      if (response?.status !== 200 && response?.status !== 404) throw refusal('end of a session', error)
    },
    parentOf: async (sessionID) => (await get(client, sessionID)).data?.parentID,
    permissions: async () => (await client.permission.list(undefined, strict)).data,
    async replyPermission(requestID, reply) {
      await client.permission.reply({ requestID, reply }, strict)
    },
    async events(signal) {
      // Pass the signal again: that of a `Request` may be garbage-collected, and then never aborts.
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

/** The error of a server that is too old: it lacks this call, or gives its sessions other ids. */
function notMade(id: string, version: string, error: unknown): WorkError {
  return new WorkError(
    `opencode ${version} did not create a session with the id ${id}: ${messageOf(error)}. ${commandText(work('doctor'))} shows which versions work.`,
    { code: 'no-session-id', exitCode: exitCodes.unfinished, cause: error },
  )
}

/** The hint for a server that does not do what it is asked for. */
export const refusedHint = advice`work/.run/opencode.log may show why. ${work('doctor', '--stop-server', '--force')} stops the server and all its sessions.`

function refusal(what: string, error: unknown): WorkError {
  const broken = configError(error)
  if (broken !== undefined) return broken
  return new WorkError(`opencode did not return its ${what}: ${JSON.stringify(error)}`, {
    code: 'opencode-refused',
    hint: refusedHint,
    exitCode: exitCodes.unfinished,
    cause: error,
  })
}
