import type { Runner, RunnerSession } from './runner.ts'
import { errorFacts, type LogFacts, type WorkLog } from '../log/log.ts'

/** A runner whose calls are logged: start, end and result or error. */
export function withLog(runner: Runner, log: WorkLog): Runner {
  const told = <T>(
    call: string,
    facts: LogFacts,
    action: () => Promise<T>,
    describe: (value: T) => LogFacts,
  ) => logCall(log, 'runner', { runner: runner.definition.name, call, ...facts }, action, describe)
  return {
    ...runner,
    ...(runner.listModels === undefined
      ? {}
      : {
          listModels: () =>
            told(
              'listModels',
              {},
              () => runner.listModels?.() ?? Promise.resolve([]),
              (models) => ({ models: models.length }),
            ),
        }),
    prepare: () => told('prepare', {}, () => runner.prepare(), nothing),
    askToResume: (session) =>
      told(
        'askToResume',
        { session: session.sessionId },
        () => runner.askToResume(session),
        (refusal) => ({ refusal }),
      ),
    start: (session, signal) =>
      told(
        'start',
        factsOf(session),
        () => runner.start(session, signal),
        (process) => ({
          process: process?.pid,
        }),
      ),
    watch: (session, signal) =>
      told(
        'watch',
        factsOf(session),
        () => runner.watch(session, signal),
        (end) => ({
          result: end === 'overdue' ? end : end.type,
        }),
      ),
    look: (session) =>
      told(
        'look',
        factsOf(session),
        () => runner.look(session),
        (look) => ({
          result: look.type === 'ended' ? `ended ${look.evidence.type}` : look.type,
        }),
      ),
    end: (session, force, signal) =>
      told(
        'end',
        { ...factsOf(session), force },
        () => runner.end(session, force, signal),
        (end) => ({
          result: end.evidence.type,
          wasOver: end.wasOver,
        }),
      ),
  }
}

/** Runs an action, and logs its start, its end and its duration. */
export async function logCall<T>(
  log: WorkLog,
  event: string,
  facts: LogFacts,
  action: () => Promise<T>,
  describe: (value: T) => LogFacts,
): Promise<T> {
  const begun = performance.now()
  const ms = () => Math.round(performance.now() - begun)
  log.write(`${event} begun`, facts)
  try {
    const value = await action()
    log.write(`${event} ended`, { ...facts, ms: ms(), ...describe(value) })
    return value
  } catch (error) {
    const isStopped = error instanceof Error && error.name === 'AbortError'
    if (isStopped) log.write(`${event} stopped`, { ...facts, ms: ms() })
    else log.write(`${event} failed`, { ...facts, ms: ms(), ...errorFacts(error) })
    throw error
  }
}

function factsOf({ record }: RunnerSession): LogFacts {
  return { session: record.sessionId, attempt: record.attempt }
}

function nothing(): LogFacts {
  return {}
}
