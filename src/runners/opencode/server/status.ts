import { counted } from '../../../text/plural.ts'
import { isAlive } from '../../../process/identity.ts'
import { accessOf } from './stop.ts'
import { askHealth, listBusy } from './http.ts'
import { isLive, readRecord, serverFiles } from './record.ts'
import { stopServer } from './server.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import type { RunnerOptions, ServerState } from '../../runner.ts'
import { serverOptions } from './options.ts'
import { glancePatience } from '../waits.ts'
import { advice, work } from '../../../text/hint.ts'

/** Looks at the server of the repository. Starts and changes nothing. */
export async function lookAtServer({ workspace }: Pick<RunnerOptions, 'workspace'>): Promise<ServerState> {
  const record = readRecord(serverFiles(workspace.run))
  if (record === undefined) return { type: 'none' }
  if (!isLive(record)) return { type: isAlive(record.keeper) ? 'starting' : 'none' }
  if (!isAlive(record)) return { type: 'none' }
  const { pid, port, version, startedAt } = record
  const access = accessOf(record)
  const isWell = (await askHealth(access, glancePatience)).type === 'well'
  const busy = isWell ? await countBusy(() => listBusy(access, workspace.root, startedAt)) : null
  return { type: 'running', pid, port, version, since: startedAt, busy }
}

/**
 * Stops the server of the repository. Running sessions are aborted, which only `force` allows: otherwise a `WorkError`
 * (`server-busy`) gives their number, and nothing is done. Returns the former server, with the number of aborted
 * sessions.
 */
export async function endServer(options: RunnerOptions, force: boolean): Promise<ServerState> {
  const state = await lookAtServer(options)
  if (state.type === 'running' && state.busy !== 0 && !force) throw serverBusy(state.busy)
  await stopServer(serverOptions(options))
  return state
}

async function countBusy(list: () => Promise<unknown[]>): Promise<number | null> {
  try {
    return (await list()).length
  } catch {
    return null
  }
}

function serverBusy(count: number | null): WorkError {
  const words =
    count === null
      ? 'does not answer, so sessions may be running'
      : `has ${counted(count, 'running session')}`
  return new WorkError(
    `The opencode server ${words}; stopping it would abort ${count === 1 ? 'it' : 'them'}.`,
    {
      code: 'server-busy',
      hint: advice`Wait for them (${work('status', '--watch')}), or ${work('doctor', '--stop-server', '--force')}`,
      exitCode: exitCodes.usage,
    },
  )
}
