import { exitCodes, WorkError } from '../errors.ts'
import { locateSession, originAt } from '../process/origin.ts'
import { lookByProcess } from './by-process.ts'
import { openLines } from './output.ts'
import { retryInstead } from './resume.ts'
import type { RunnerDefinition } from './runner.ts'
import { logBase } from './session-paths.ts'
import { advice, work } from '../text/hint.ts'

/**
 * A runner that only another version knows, or that an earlier version did not record: its sessions can be looked at
 * and read, but not resumed, and no session can be started on it.
 */
export function unknownRunner(name: string | undefined): RunnerDefinition {
  return {
    name: name ?? '',
    fields: {},
    doneWhen: 'tasks',
    commandOf: () => undefined,
    refusalToResume: (_, { sessionId }) =>
      name === undefined
        ? `Session ${sessionId} is from an earlier version, which did not record its runner. ${retryInstead}`
        : `Session ${sessionId} ran on ${name}, which this version of work does not support. ${retryInstead}`,
    foreignTo: ({ record, root }) => {
      const place = locateSession(record.origin, originAt(root))
      return typeof place === 'string' ? undefined : place
    },
    probe: ({ record }, now) => Promise.resolve(lookByProcess(record, now())),
    endRest: () => Promise.resolve(),
    openOutput: (session) => {
      const base = logBase(session)
      return openLines(session.root, `${base}.log`, `${base}.err`)
    },
    lastLine: () => '',
    checks: () => Promise.reject(unsupported(name)),
    open: () => Promise.reject(unsupported(name)),
  }
}

function unsupported(name: string | undefined): WorkError {
  return new WorkError(`This version of work does not support the runner "${name ?? ''}".`, {
    code: 'runner-unavailable',
    hint: advice`${work('agents')} shows the agents; ${work('edit', '--agents')} changes them.`,
    exitCode: exitCodes.usage,
  })
}
