import { statSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { openWorkLog } from '../../src/log/log.ts'
import { claim, withLock } from '../../src/store/lock.ts'
import { openTasks } from '../../src/store/tasks/tasks.ts'
import { streamPaths, workspaceAt } from '../../src/paths.ts'

/** A separate process for race and crash tests: reports on stdout, line by line, what it has done. */
const [action = '', path = '', ...rest] = process.argv.slice(2)
// A write beyond a limit on file size then fails as on a full disk, instead of ending the process.
process.on('SIGXFSZ', () => undefined)

const actions = new Map<string, () => Promise<unknown>>([
  ['report', () => report(rest[0] ?? '', Number(rest[1]))],
  ['fill', () => fill(Number(rest[0]))],
  ['hold', () => withLock(path, () => say('held').then(() => forever()))],
  ['claim', () => own()],
  ['log', () => writeLog(Number(rest[0]), Number(rest[1]))],
])
await actions.get(action)?.()

/**
 * Commits n reports to one task, each `<id>#<number>` added to the previous ones; prints each number once it is
 * durable.
 */
async function report(taskId: string, times: number): Promise<void> {
  const store = openTasks(streamPaths(workspaceAt(path), '001-demo'), () => new Date())
  for (let number = 1; number <= times; number++) {
    await store.commit(({ tasks }) => {
      const task = tasks.find(({ id }) => id === taskId)
      if (task === undefined) throw new Error(`no task ${taskId}`)
      task.report = `${task.report ?? ''} ${process.pid}#${number}`
    })
    await say(`${process.pid}#${number}`)
  }
}

/** Commits a report of so many letters; prints the result. */
async function fill(letters: number): Promise<void> {
  const store = openTasks(streamPaths(workspaceAt(path), '001-demo'), () => new Date())
  try {
    await store.commit(({ tasks }) => {
      for (const task of tasks) task.report = 'x'.repeat(letters)
    })
    await say('written')
  } catch (error) {
    await say(
      error instanceof Error && 'code' in error ? `${String(error.code)}: ${error.message}` : String(error),
    )
  }
}

async function own(): Promise<void> {
  const since = new Date().toISOString()
  const result = await claim(path, { pid: process.pid, command: 'work multi', since })
  await say('holder' in result ? `held by ${result.holder?.pid}` : 'owned')
  if (!('holder' in result)) await forever()
}

/** Logs n events; reports each older half that has too few bytes. */
async function writeLog(times: number, limit: number): Promise<void> {
  const log = openWorkLog({
    path,
    lock: `${path}.lock`,
    limit,
    command: 'x',
    now: () => new Date(),
    complain: (text) => void say(text),
  })
  for (let number = 1; number <= times; number++) {
    log.write('event', { number })
    await turn()
    const size = statSync(`${path}.1`, { throwIfNoEntry: false })?.size ?? limit
    if (size < limit) await say(`only ${size}`)
  }
}

function say(line: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${line}\n`, () => resolve()))
}

/** Until this process is killed. */
function forever(): Promise<never> {
  return new Promise(() => setInterval(() => undefined, 60_000))
}
