import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { OutputEntry, SessionOutput } from '../../../runners/output.ts'
import { loadRunner } from '../../../runners/registry.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import type { SessionRecord } from '../../../../machines/session.ts'
import type { Style } from '../../../ui/style.ts'
import { plainText } from '../../../text/sanitize.ts'
import { onKeyPress } from '../../key-press.ts'
import { outputStyle, printJson, say } from '../../output.ts'
import { stopWithReader } from '../../broken-pipe.ts'
import { lookAgain, type FoundSession, type SessionOptions } from './find-session.ts'
import { followInterval, followStatusInterval } from '../../waits.ts'
import { advice, work } from '../../../text/hint.ts'

/** Characters of a log that are printed as one object of JSON, in which each may take six. */
const mostAtOnce = 64 * 1024 * 1024
/** Columns of an entry apart from its text. */
const entryCost = 100

/** `work session logs`: what a session wrote, as text; with `--follow` until it ends. */
export async function sessionLogs(found: FoundSession, options: SessionOptions): Promise<number> {
  const { root } = found.context.workspace
  const runner = await loadRunner(found.session.runner)
  const output = runner.openOutput({ root, record: found.session })
  const follow = options.follow === true
  const isForeign = found.thread.foreign !== undefined && found.session === found.thread.sessions.at(-1)
  const mayCome = follow && found.session.status === 'running' && !isForeign
  if (!mayCome && !output.exists()) throw noLog(found, output)

  if (options.json === true && (!follow || isForeign)) {
    printJson(describe(found, output))
    return 0
  }
  stopWithReader()
  const write = options.json === true ? writeLines(asJson) : writeLines(asText(outputStyle()))
  if (follow && !isForeign) return await followOutput(found, output, write)
  for (const entries of output.read()) await write(entries)
  await write(output.rest())
  return 0
}

/** Shows what comes until the session has ended, or Ctrl-C. */
async function followOutput(
  found: FoundSession,
  output: SessionOutput,
  write: (entries: OutputEntry[]) => Promise<void>,
): Promise<number> {
  const end = new AbortController()
  const signals = onKeyPress({ SIGINT: () => end.abort() })
  try {
    let session: SessionRecord | undefined = found.session
    let lookedAt = performance.now()
    for (;;) {
      // Asked before reading: what a session wrote before it ended is read after it is known to have ended.
      if (session?.status === 'running' && performance.now() - lookedAt >= followStatusInterval) {
        session = await lookAgain(found)
        lookedAt = performance.now()
      }
      for (const entries of output.read()) {
        await write(entries)
        if (end.signal.aborted) break
      }
      if (end.signal.aborted) return exitCodes.interrupted
      if (session?.status !== 'running') break
      await delay(followInterval, undefined, { signal: end.signal }).catch(() => undefined)
    }
    await write(output.rest())
    say(describeEnd(found, session))
    return 0
  } finally {
    signals.stop()
  }
}

function describeEnd({ thread, number }: FoundSession, session: SessionRecord | undefined): string {
  const { status = 'gone', reason } = session ?? {}
  return plainText(
    `-- attempt ${number} of ${thread.id}: ${status}${reason === undefined ? '' : ` (${reason})`}`,
  )
}

/** Writes entries line by line, and waits for a reader that is slower than the log. */
function writeLines(format: (entry: OutputEntry) => string[]): (entries: OutputEntry[]) => Promise<void> {
  return async (entries) => {
    const lines = entries.flatMap(format)
    if (lines.length === 0) return
    if (!process.stdout.write(`${lines.join('\n')}\n`)) await once(process.stdout, 'drain')
  }
}

function asJson(entry: OutputEntry): string[] {
  return [JSON.stringify(entry)]
}

/** Never as it was written: control characters of an agent's output do not reach a terminal. */
function asText({ colors }: Style): (entry: OutputEntry) => string[] {
  return ({ kind, text }) => {
    const lines = plainText(text.replace(/\r$/, '')).split('\n')
    switch (kind) {
      case 'text':
        return lines
      case 'stderr':
        return lines.map((line) => colors.dim('stderr | ') + line)
      case 'tool':
        return lines.map((line, index) => colors.cyan(index === 0 ? `> ${line}` : `  ${line}`))
      case 'result':
        return lines.map((line) => colors.dim(`  ${line}`))
      case 'permission':
      case 'retry':
        return lines.map((line) => colors.yellow(`! ${line}`))
      case 'error':
        return lines.map((line) => colors.red(`Error: ${line}`))
    }
  }
}

function describe({ context, thread, number, session }: FoundSession, output: SessionOutput) {
  const entries: OutputEntry[] = []
  let size = 0
  for (const some of output.read()) {
    for (const entry of some) size += entry.text.length + entryCost
    if (size > mostAtOnce) throw tooLarge(thread.id, number, output)
    for (const entry of some) entries.push(entry)
  }
  return {
    stream: context.entry.id,
    thread: thread.id,
    attempt: number,
    sessionId: session.sessionId,
    agent: session.agentName,
    runner: session.runner ?? null,
    status: session.status,
    log: output.path,
    entries: [...entries, ...output.rest()],
  }
}

function tooLarge(thread: string, number: number, { path }: SessionOutput): WorkError {
  return new WorkError(`${path} is too large to print as one object.`, {
    code: 'log-too-large',
    hint: advice`${work('session', 'logs', thread, '--attempt', number, '--follow', '--json')} prints an object for each line.`,
    exitCode: exitCodes.unfinished,
  })
}

function noLog({ thread, number, session }: FoundSession, output: SessionOutput): WorkError {
  const runs = session.status === 'running'
  const words = runs ? 'has written nothing yet' : 'has no log'
  return new WorkError(`Attempt ${number} of thread ${thread.id} ${words}: there is no ${output.path}.`, {
    code: 'log-missing',
    hint: runs
      ? advice`${work('session', 'logs', thread.id, '--follow')} waits for it.`
      : advice`Logs are not in git: the session may have run in another checkout. ${work('status', '--sessions')} shows what was recorded.`,
    exitCode: exitCodes.unfinished,
  })
}
