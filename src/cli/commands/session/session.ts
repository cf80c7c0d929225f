import { WorkError } from '../../../errors.ts'
import { findSession, type SessionOptions } from './find-session.ts'
import { commandText, work } from '../../../text/hint.ts'

interface Action {
  /** Its flags, beyond those that all commands have. */
  flags: (keyof SessionOptions)[]
  act: (thread: string | undefined, options: SessionOptions) => Promise<number>
}

/** What can be done with sessions. The file of each is loaded when it is called. */
const actions: Record<string, Action> = {
  list: {
    flags: ['thread'],
    act: async (thread, options) => (await import('./list.ts')).sessionList(thread, options),
  },
  logs: {
    flags: ['thread', 'attempt', 'follow'],
    act: async (thread, options) => {
      const found = await findSession('logs', thread, options)
      return (await import('./logs.ts')).sessionLogs(found, options)
    },
  },
  attach: {
    flags: ['thread', 'attempt', 'server'],
    act: async (thread, options) => {
      const found = await findSession('attach', thread, options)
      return (await import('./attach.ts')).sessionAttach(found, options)
    },
  },
  complete: {
    flags: ['thread', 'batch', 'all', 'report', 'yes'],
    act: async (thread, options) => (await import('./complete.ts')).sessionComplete(thread, options),
  },
}

/** `work session <action> [thread]`: sessions by hand. */
export async function session(
  name: string,
  argument: string | undefined,
  options: SessionOptions,
): Promise<number> {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (action === undefined) {
    const known = Object.keys(actions).join(', ')
    throw new WorkError(`Unknown action "${name}" for sessions. Known: ${known}.`, {
      code: 'usage',
      hint: work('session', 'list'),
    })
  }
  refuseForeignFlags(name, action, options)
  if (argument !== undefined && options.thread !== undefined) {
    throw new WorkError(`The thread is named twice: ${argument}, and --thread ${options.thread}.`, {
      code: 'usage',
      hint: work('session', name, argument),
    })
  }
  return await action.act(argument ?? options.thread, options)
}

function refuseForeignFlags(name: string, { flags }: Action, options: SessionOptions): void {
  const all = Object.values(actions).flatMap((action) => action.flags)
  const foreign = all.find((flag) => options[flag] !== undefined && !flags.includes(flag))
  if (foreign === undefined) return
  throw new WorkError(`${commandText(work('session', name))} takes no --${foreign}.`, {
    code: 'usage',
    hint: `Its flags: ${flags.map((flag) => `--${flag}`).join(', ')}.`,
  })
}
