import { completeThreads, type CompletedThread } from '../../../engine/complete-threads.ts'
import { tasksWithin, type Target } from '../../../threads/find-task.ts'
import { noTasks } from '../../../threads/selection.ts'
import { isDone, threadsOf, type ThreadFacts } from '../../../threads/thread.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { isUnder } from '../../../ids.ts'
import { oneLine } from '../../../text/sanitize.ts'
import { now, openStream, requireHuman } from '../../context.ts'
import { confirm } from '../../../ui/prompt.ts'
import { listSome } from '../../../text/list-some.ts'
import { droppedWith } from '../../../engine/drop-work.ts'
import { canAsk } from '../../interactive.ts'
import { print, printJson, say } from '../../output.ts'
import type { SessionOptions } from './find-session.ts'
import { readId } from '../../ids.ts'
import { advice, commandText, work, type CommandLine } from '../../../text/hint.ts'

/** `work session complete`: the user marks threads as completed, whatever the result of their sessions. */
export async function sessionComplete(text: string | undefined, options: SessionOptions): Promise<number> {
  const { typed, target } = readScope(text, options)
  requireHuman('marking threads as completed', typed)
  const { entry, tasks, stream } = openStream(options)
  const file = tasks.read()
  if (file.tasks.length === 0) throw noTasks()
  tasksWithin(file.tasks, target === undefined ? [] : [target])
  const threads = threadsOf(file).filter(({ id }) => target === undefined || isUnder(id, target.id))
  const open = threads.filter((thread) => !isDone(thread))
  const dropped = options.drop === true ? [] : droppedWith(threads)
  const isAsked = target?.level !== 'thread' && open.length > 0 && options.yes !== true
  const isAgreed =
    (dropped.length === 0 || (await askToDrop(dropped, typed, options))) &&
    (!isAsked || (await askForConsent(open, typed, options)))
  if (!isAgreed) {
    say('Nothing was changed.')
    return exitCodes.unfinished
  }

  const completed = await completeThreads({
    stream,
    tasks,
    now,
    command: commandText(typed),
    threadIds: threads.map(({ id }) => id),
    report: options.report,
    env: process.env,
  })
  if (options.json === true) printJson({ action: 'complete', stream: entry.id, threads: completed })
  else print(describe(completed))
  return 0
}

function readScope(
  thread: string | undefined,
  options: SessionOptions,
): { typed: CommandLine; target: Target | undefined } {
  const { batch, all } = options
  const given = [thread, batch, all].filter((one) => one !== undefined)
  if (given.length !== 1) {
    throw new WorkError(
      given.length === 0 ? 'Which threads are done?' : 'Specify the threads in one way only.',
      {
        code: 'usage',
        hint: advice`${work('session', 'complete', '--thread', '01.01.02')}, --batch 01.01 or --all`,
      },
    )
  }
  const complete = work('session', 'complete')
  if (thread !== undefined) {
    const id = readId(thread, 'thread', options)
    return { typed: [...complete, '--thread', id], target: { level: 'thread', id } }
  }
  if (batch !== undefined) {
    const id = readId(batch, 'batch', options)
    return { typed: [...complete, '--batch', id], target: { level: 'batch', id } }
  }
  return { typed: [...complete, '--all'], target: undefined }
}

/** Work is not given up by a slip of the hand, not even with `--yes`. */
async function askToDrop(
  dropped: readonly ThreadFacts[],
  typed: CommandLine,
  options: SessionOptions,
): Promise<boolean> {
  const ids = listSome(dropped.map(({ id }) => id))
  const fact = `The work of ${ids} is not merged. It would stay below refs/work, and the result would not have it.`
  if (canAsk(options)) {
    print([fact])
    return await confirm(`Mark ${ids} as completed without that work?`)
  }
  throw new WorkError(fact, {
    code: 'work-unmerged',
    hint: advice`${[...typed, '--drop']} gives it up, and ${work('fix', '--thread', dropped[0]?.id ?? '<id>')} shows what else you can do.`,
    exitCode: exitCodes.unfinished,
  })
}

/** Several threads are not completed by a slip of the hand. */
async function askForConsent(
  open: ThreadFacts[],
  typed: CommandLine,
  { json }: SessionOptions,
): Promise<boolean> {
  const ids = open.map(({ id }) => id)
  const shown = ids.length > 6 ? [...ids.slice(0, 5), `and ${ids.length - 5} more`] : ids
  const question = `Mark ${count(ids.length, 'thread')} as completed: ${shown.join(', ')}?`
  if (json === true || !process.stdin.isTTY || !process.stdout.isTTY) {
    throw new WorkError(question, { code: 'needs-answer', hint: [...typed, '--yes'] })
  }
  return await confirm(question)
}

function describe(threads: CompletedThread[]): string[] {
  const changed = threads.filter(({ by }) => by !== null)
  if (changed.length > 0) return changed.map(describeOne)
  return threads.length === 1 ? threads.map(describeOne) : ['Every thread was already completed.']
}

function describeOne({ id, name, by, tasks }: CompletedThread): string {
  const named = `${id} "${oneLine(name)}"`
  const thread = `Thread ${named}`
  switch (by) {
    case 'user':
      return `Marked ${named} as completed (${count(tasks.length, 'task')} ${tasks.length === 1 ? 'was' : 'were'} still open).`
    case 'session':
      return `${thread} was already completed by its session.`
    case null:
      return `${thread} was already completed.`
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
