import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import * as z from 'zod/mini'
import { exitCodes, WorkError } from '../errors.ts'
import { makeRunFolder } from '../store/runtime-dir.ts'
import type { StreamPaths } from '../paths.ts'
import { findRuns } from '../threads/leases.ts'
import type { RunRequest } from './run.ts'
import { advice, work } from '../text/hint.ts'

const Wish = z.object({
  id: z.string(),
  action: z.enum(['go-on', 'resume', 'retry', 'deliver']),
  startsOver: z.optional(z.boolean()),
  agent: z.optional(z.string()),
  model: z.optional(z.string()),
  force: z.optional(z.boolean()),
  note: z.optional(z.string()),
})

/** What a background process should run. */
export type BackgroundOrder = z.infer<typeof BackgroundOrder>
const BackgroundOrder = z.object({
  root: z.string(),
  stream: z.string(),
  /** The command that began the run, shown to others that find a thread taken. */
  command: z.string(),
  server: z.optional(z.string()),
  tmux: z.optional(z.boolean()),
  request: z.object({
    selection: z.discriminatedUnion('type', [
      z.object({ type: z.literal('batch'), batch: z.string(), force: z.boolean() }),
      z.object({
        type: z.literal('continue'),
        without: z.array(z.string()),
        within: z.optional(z.array(z.string())),
        force: z.optional(z.boolean()),
      }),
      z.object({ type: z.literal('threads'), threads: z.array(Wish) }),
    ]),
    parallel: z.optional(z.number()),
    note: z.optional(z.string()),
    ended: z.optional(
      z.array(
        z.object({ id: z.string(), status: z.enum(['running', 'completed', 'failed', 'interrupted']) }),
      ),
    ),
  }),
})

/** The only answer of the process: it has planned its run and owns these threads, or why it can't run. */
export type BackgroundAnswer = z.infer<typeof BackgroundAnswer>
const BackgroundAnswer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), threads: z.array(z.string()) }),
  z.object({
    type: z.literal('failed'),
    message: z.string(),
    code: z.string(),
    hint: z.optional(
      z.object({
        parts: z.readonly(z.array(z.union([z.string(), z.readonly(z.array(z.string()))]))),
      }),
    ),
    exitCode: z.number(),
  }),
])

/** A run that has started in the background. */
export interface BackgroundRun {
  pid: number
  /** Ids of its threads. */
  threads: string[]
}

/**
 * Starts a process in its own process session, which survives this one and its terminal. Resolves once it owns its
 * threads. `command` is its program and arguments. Throws the `WorkError` that kept it from running.
 */
export async function startInBackground(
  command: readonly string[],
  stream: StreamPaths,
  env: NodeJS.ProcessEnv,
  order: Omit<BackgroundOrder, 'root' | 'stream' | 'request'> & { request: RunRequest },
): Promise<BackgroundRun> {
  makeRunFolder(stream.background)
  // Another run may still be writing to it.
  const flags = (await findRuns(stream)).length === 0 ? 'w' : 'a'
  const log = openSync(stream.background, flags, 0o600)
  try {
    const [program = '', ...args] = command
    const child = spawn(program, args, {
      cwd: stream.root,
      env,
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    })
    const answer = await converse(child, { ...order, root: stream.root, stream: stream.id })
    if (answer.type === 'failed') {
      const { message, code, hint, exitCode } = answer
      throw new WorkError(message, { code, exitCode, hint })
    }
    return { pid: child.pid ?? 0, threads: answer.threads }
  } catch (error) {
    throw error instanceof WorkError ? error : notStarted(stream, error)
  } finally {
    closeSync(log)
  }
}

/** Sends the order and waits for the answer. Rejects if the process ends without one. */
function converse(child: ChildProcess, order: object): Promise<BackgroundAnswer> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      reject(new Error(`it ended with ${signal ?? `exit code ${code}`} before starting anything`)),
    )
    child.once('message', (message) => {
      const { success, data, error } = z.safeParse(BackgroundAnswer, message)
      child.removeAllListeners('exit')
      child.disconnect()
      child.unref()
      if (success) resolve(data)
      else reject(error)
    })
    child.send(order, (error) => {
      // The exit says more.
      if (error !== null && child.exitCode === null && child.signalCode === null) reject(error)
    })
  })
}

/** The order that this process was started with. Rejects in a process without one. */
export function receiveOrder(): Promise<BackgroundOrder & { request: RunRequest }> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) return reject(notForUsers())
    const gone = () => reject(notForUsers())
    process.once('disconnect', gone)
    process.once('message', (message) => {
      process.off('disconnect', gone)
      const { success, data, error } = z.safeParse(BackgroundOrder, message)
      if (success) resolve({ ...data, request: { parallel: undefined, ...data.request } })
      else reject(error)
    })
  })
}

/** Answers the process that gave the order, which may be gone by now, and disconnects from it. */
export async function answerOrder(answer: BackgroundAnswer): Promise<void> {
  if (!process.connected) return
  await new Promise<void>((resolve) => {
    process.send?.(answer, undefined, undefined, () => resolve())
  })
  if (process.connected) process.disconnect()
}

function notForUsers(): WorkError {
  return new WorkError('This command is only for internal use.', {
    code: 'usage',
    hint: work('run', '--detach'),
  })
}

function notStarted(stream: StreamPaths, cause: unknown): WorkError {
  const last = readFileSync(stream.background, 'utf8').trimEnd().split('\n').at(-1) ?? ''
  const why = cause instanceof Error ? cause.message : String(cause)
  return new WorkError(`Could not start the run in the background: ${why}. ${last}`.trimEnd(), {
    code: 'not-detached',
    hint: advice`${work('continue')} runs it in this terminal.`,
    exitCode: exitCodes.unfinished,
    cause,
  })
}
