import { WorkError } from '../errors.ts'
import { compareIds, isUnder, parentId } from '../ids.ts'
import { foreignThread } from './foreign.ts'
import { requireThread } from './find-thread.ts'
import { isBlocked, isDone, type ThreadFacts } from './thread.ts'
import { advice, work } from '../text/hint.ts'

/** Which threads a run includes. */
export type Selection =
  /** The threads of one batch. */
  | {
      type: 'batch'
      batch: string
      /** Even if an earlier batch of its stage is not done. */ force: boolean
    }
  /** The next unfinished batch and everything after it. */
  | {
      type: 'continue'
      /** Threads that are left alone. */
      without: readonly string[]
      /** Ids of stages and batches: only their threads. */
      within?: readonly string[] | undefined
      /** Run a batch even if an earlier one of its stage is not done. */
      force?: boolean | undefined
    }
  /** These threads, whatever comes before them. */
  | { type: 'threads'; threads: readonly ThreadWish[] }

/** What the user wants for one thread. */
export interface ThreadWish {
  id: string
  /**
   * `go-on`: whatever its state calls for. `resume` and `retry` are for a thread whose session has ended. `more`: its last
   * session gets something more to do, even if it has completed, or a new one is started where that can't be. `deliver`: its
   * work is merged or verified once more, and no agent runs.
   */
  action: 'go-on' | 'resume' | 'more' | 'retry' | 'deliver'
  /** Uses this agent once, whatever the assignment. */
  agent?: string | undefined
  /** One of its agent's models (`provider/model`, with or without the variant) to try first. */
  model?: string | undefined
  /** Also for a thread that is done: all its tasks are reopened. */
  force?: boolean | undefined
  /** Its clone starts over from the newest tip, and all its tasks are reopened; what was in it is kept. */
  startsOver?: boolean | undefined
  /** A note for its agent, instead of that of the whole run. */
  note?: string | undefined
}

/**
 * The threads of a selection, in plan order. Throws a `WorkError` for an unknown thread or batch, for a batch out of
 * turn, and for an action that a thread's state does not allow.
 */
export function selectThreads(threads: ThreadFacts[], selection: Selection): ThreadFacts[] {
  if (threads.length === 0) throw noTasks()
  switch (selection.type) {
    case 'continue':
      return chooseNext(threads, selection)
    case 'batch':
      return chooseBatch(threads, selection.batch, selection.force)
    case 'threads':
      return chooseThreads(threads, selection.threads)
  }
}

/** The error for a workstream that has nothing to run yet. */
export function noTasks(): WorkError {
  return new WorkError('This workstream has no tasks yet.', {
    code: 'no-tasks',
    hint: advice`${work('approve', 'plan')}, then ${work('approve', 'tasks')}`,
  })
}

function chooseNext(
  threads: ThreadFacts[],
  { without, within, force = false }: Extract<Selection, { type: 'continue' }>,
): ThreadFacts[] {
  for (const id of within ?? []) {
    requirePart(threads, id)
    if (id.includes('.')) requireTurn(threads, id, force)
  }
  return threads.filter(
    (thread) =>
      !isDone(thread) &&
      !without.includes(thread.id) &&
      (within === undefined || within.some((part) => isUnder(thread.id, part))),
  )
}

function chooseBatch(threads: ThreadFacts[], batch: string, force: boolean): ThreadFacts[] {
  requirePart(threads, batch)
  requireTurn(threads, batch, force)
  return threads.filter((thread) => isUnder(thread.id, batch) && !isDone(thread))
}

/** Throws a `WorkError` (`stage-not-found`, `batch-not-found`) for a stage or batch without threads. */
function requirePart(threads: ThreadFacts[], id: string): void {
  if (threads.some((thread) => isUnder(thread.id, id))) return
  const level = id.includes('.') ? 'batch' : 'stage'
  const ids = [...new Set(threads.map((thread) => parentId(thread.id, level)))]
  throw new WorkError(
    `${level === 'stage' ? 'Stage' : 'Batch'} ${id} not found in tasks.json. There are: ${ids.join(', ')}.`,
    {
      code: `${level}-not-found`,
      hint: work('tree'),
    },
  )
}

/** Throws a `WorkError` (`batch-not-next`) if an earlier batch of the stage is not done. */
function requireTurn(threads: ThreadFacts[], batch: string, force: boolean): void {
  const stage = parentId(batch, 'stage')
  const earlier = threads.find(
    (thread) =>
      isUnder(thread.id, stage) && !isDone(thread) && compareIds(parentId(thread.id, 'batch'), batch) < 0,
  )
  if (earlier !== undefined && !force) {
    const first = parentId(earlier.id, 'batch')
    throw new WorkError(
      `Batch ${batch} comes after batch ${first}, whose thread ${earlier.id} is not done.`,
      {
        code: 'batch-not-next',
        hint: advice`${work('run', first)}, or --force to run ${batch} anyway`,
      },
    )
  }
}

/** In plan order, whatever the order of the request. */
function chooseThreads(threads: ThreadFacts[], wishes: readonly ThreadWish[]): ThreadFacts[] {
  for (const wish of wishes) requireWished(requireThread(threads, wish.id), wish)
  return threads.filter((thread) => wishes.some((wish) => wish.id === thread.id))
}

/** Throws a `WorkError` if the thread's state does not allow the action. */
function requireWished(thread: ThreadFacts, { action, force }: ThreadWish): void {
  const name = `Thread ${thread.id} "${thread.name}"`
  if (isDone(thread) && force !== true) {
    throw new WorkError(`${name} is done: all its tasks are completed or cancelled.`, {
      code: 'thread-completed',
      hint: advice`${work('fix', '--thread', thread.id, '--retry', '--force')} reopens its tasks and runs it.`,
    })
  }
  if (thread.foreign !== undefined) throw foreignThread(thread, thread.foreign)
  if (action === 'go-on' && isBlocked(thread) && force !== true) {
    const tasks = thread.tasks.filter(({ status }) => status === 'blocked').map((task) => task.id)
    throw new WorkError(`${name} is blocked: ${tasks.join(', ')}.`, {
      code: 'thread-blocked',
      hint: advice`${work('update', '--task', tasks[0] ?? '', '--status', 'pending')} once it is unblocked`,
    })
  }
  if (action !== 'resume' && action !== 'retry') return
  if (thread.status === 'running') {
    throw new WorkError(`${name} has a session whose end is not recorded.`, {
      code: 'thread-running',
      hint: advice`${work('continue')} supervises it to its end.`,
    })
  }
  if (thread.status === 'pending' && !isDone(thread)) {
    throw new WorkError(`${name} has not been run yet: there is nothing to ${action}.`, {
      code: 'thread-not-run',
      hint: work('run', thread.id),
    })
  }
}

/** The user's wish for a thread; by default, whatever its state calls for. */
export function wishFor(thread: ThreadFacts, selection: Selection): ThreadWish {
  const wish =
    selection.type === 'threads' ? selection.threads.find((one) => one.id === thread.id) : undefined
  return wish ?? { id: thread.id, action: 'go-on' }
}
