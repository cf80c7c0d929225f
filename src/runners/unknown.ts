import { exitCodes, WorkError } from '../errors.ts'
import { isAlive } from '../process/identity.ts'
import { locateSession, originAt } from '../process/origin.ts'
import { openLines } from './output.ts'
import { retryInstead } from './resume.ts'
import type { RunnerDefinition } from './runner.ts'
import { logBase } from './session-paths.ts'

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
    probe: ({ record }, now) => {
      if (record.process === undefined) return Promise.resolve({ type: 'absent' })
      return Promise.resolve(
        isAlive(record.process)
          ? { type: 'alive', process: record.process }
          : { type: 'ended', evidence: { type: 'gone', at: now().toISOString(), detail: '' } },
      )
    },
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
    hint: 'work agents shows the agents; work edit --agents changes them.',
    exitCode: exitCodes.usage,
  })
}
