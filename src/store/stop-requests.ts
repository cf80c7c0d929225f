import { readFileSync, rmSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { systemCode } from '../errors.ts'
import { writeWhole } from './atomic-write.ts'
import { compileGuard } from './json/guard.ts'
import { Holder } from './lock.ts'
import { makeRunFolder } from './runtime-dir.ts'
import { listNames } from '../files/list-names.ts'

/** A request of `work stop` to the process that runs threads. */
export type StopRequest = z.infer<typeof StopRequest>
export const StopRequest = z.object({
  /** The receiver, as named in its lock: another process with the same pid does not answer. */
  to: Holder,
  /** The sender. */
  from: z.object({ pid: z.number(), command: z.string() }),
  /** Ids of threads; without them the whole run stops. */
  threads: z.optional(z.array(z.string())),
  /** Kill the sessions at once instead of interrupting them first. */
  force: z.boolean(),
})

const isStopRequest = compileGuard(StopRequest)

/** Puts a request in the folder that the receiver watches. `isTaken` returns whether it was read there. */
export async function requestStop(
  folder: string,
  request: StopRequest,
): Promise<{ isTaken: () => boolean; withdraw: () => void }> {
  const name = `${request.to.pid}-${randomUUID()}.json`
  const path = join(folder, name)
  makeRunFolder(path)
  await writeWhole(path, `${JSON.stringify(request)}\n`)
  return {
    isTaken: () => !listNames(folder).includes(name),
    withdraw: () => rmSync(path, { force: true }),
  }
}

/** The requests to this process; each is returned once. Requests to others stay. */
export function takeStopRequests(folder: string, self: Holder): StopRequest[] {
  const mine = listNames(folder).filter((name) => name.startsWith(`${self.pid}-`))
  return mine.flatMap((name) => take(join(folder, name), self.since) ?? [])
}

/**
 * Reads and removes a request. Undefined if it was withdrawn, is malformed, or is meant for an earlier process with
 * this pid or another run of this process, which began at another time.
 */
function take(path: string, since: string): StopRequest | undefined {
  try {
    const request = parse(readFileSync(path, 'utf8'))
    if (request?.to.since !== since) return undefined
    rmSync(path, { force: true })
    return request
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function parse(text: string): StopRequest | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isStopRequest(value) ? value : undefined
  } catch {
    return undefined
  }
}
