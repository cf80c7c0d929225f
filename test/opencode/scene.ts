import { createOpencodeClient, type OpencodeClient } from '@opencode-ai/sdk/v2/client'
import { EventEmitter, once } from 'node:events'
import { dirname, join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { headersOf } from '../../src/runners/opencode/server/http.ts'
import { accessOf } from '../../src/runners/opencode/server/stop.ts'
import { isLive, readRecord, serverFiles, type LiveServer } from '../../src/runners/opencode/server/record.ts'
import type { Result, Running, TestWorkspace } from '../helpers/cli.ts'
import { runShell, startModelServer, type Answer, type ModelServer } from '../helpers/model-server.ts'
import type { ModelRequest, Script } from '../helpers/model-server.ts'
import { opencodeEnv } from '../helpers/opencode-env.ts'
import { makeApproved, tasksOf } from '../helpers/scene.ts'

/** A repository whose threads run on its own opencode, and the model that answers them. */
export interface OpencodeScene {
  workspace: TestWorkspace
  model: ModelServer
  run: (...args: string[]) => Promise<Result>
  start: (...args: string[]) => Running
  /** The server of this repository. Throws when none has been started. */
  server: () => LiveServer
  /** To ask that server. */
  client: () => OpencodeClient
}

export interface SceneOptions {
  plan: string
  /** The content of agents.yaml. */
  agents: object
  script: Script
  /** The agents of threads, by thread id; `default` for the others. */
  assigned?: Record<string, string>
}

/** Makes a scene that goes, with all that runs in it, when the test ends. */
export async function makeScene({
  plan,
  agents,
  script,
  assigned = {},
}: SceneOptions): Promise<OpencodeScene> {
  const model = await startModelServer(script)
  onTestFinished(() => {
    model.close()
    expect(model.strangers, 'whom else opencode asked').toEqual([])
  })
  const workspace = await makeReady(plan, agents)
  assign(workspace, assigned)
  const env = opencodeEnv(join(dirname(workspace.root), 'opencode'), model)
  const server = () => {
    const record = readRecord(serverFiles(workspace.paths.run))
    if (isLive(record)) return record
    throw new Error(`No server runs: ${JSON.stringify(record)}`)
  }
  return {
    workspace,
    model,
    run: (...args) => workspace.run(args, { env }),
    start: (...args) => workspace.start(args, { env }),
    server,
    client: () => clientOf(accessOf(server()), workspace.root),
  }
}

/** As `makeApproved`, and quicker from the second time on. */
export function makeReady(plan: string, agents: object): Promise<TestWorkspace> {
  const yaml = JSON.stringify(agents)
  return makeApproved(plan, yaml)
}

/** An agents.yaml with one agent, `default`, whose model is by default `local/m1`. */
export function oneAgent(fields: Record<string, unknown> = {}): object {
  return { agents: [{ name: 'default', models: ['local/m1'], ...fields }], parallel: 20 }
}

/** The shell command with which an agent reports the only task of its thread as done. */
export function reportDone(thread: string, report = 'done'): Answer {
  return runShell(`work update --stream 001-demo --task ${thread}.01 --status completed --report "${report}"`)
}

/** The thread of a request: prompts name it in parentheses. */
export function threadOf({ messages }: Pick<ModelRequest, 'messages'>): string | undefined {
  return messages
    .flatMap(({ role, text }) => (role === 'user' ? [/\((\d\d\.\d\d\.\d\d)\)/.exec(text)?.[1]] : []))
    .find((id) => id !== undefined)
}

/** The requests that were made for a thread. */
export function requestsFor(model: ModelServer, thread: string): ModelRequest[] {
  return model.requests.filter((request) => threadOf(request) === thread)
}

/** What a session's transcript holds, as `role: text`, without tools. */
export async function transcript(client: OpencodeClient, sessionID: string): Promise<string[]> {
  const { data } = await client.session.messages({ sessionID }, { throwOnError: true })
  return data.flatMap(({ info, parts }) =>
    parts.flatMap((part) => (part.type === 'text' ? [`${info.role}: ${part.text}`] : [])),
  )
}

/** The ids of all sessions in the folder of a client. */
export async function sessionIds(client: OpencodeClient): Promise<string[]> {
  const { data } = await client.session.list({ limit: 1000 }, { throwOnError: true })
  return data.map(({ id }) => id).toSorted()
}

export function clientOf(
  access: { url: string; user: string; password: string | undefined },
  directory: string,
) {
  return createOpencodeClient({ baseUrl: access.url, directory, headers: headersOf(access) })
}

export function assign(workspace: TestWorkspace, assigned: Record<string, string>): void {
  const file = tasksOf(workspace)
  for (const task of file.tasks) {
    const agent = assigned[task.id.slice(0, 8)]
    if (agent !== undefined) task.assigned_agent = agent
  }
  workspace.write('work/001-demo/tasks.json', file)
}

/** Something that others wait for. */
export interface Signal {
  given: Promise<void>
  give: () => void
}

export function makeSignal(): Signal {
  const emitter = new EventEmitter()
  return {
    given: once(emitter, 'given').then(() => undefined),
    give: () => void emitter.emit('given'),
  }
}
