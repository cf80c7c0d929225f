import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { noteOfHolder } from '../store/lock-holder.ts'
import type { Holder } from '../store/lock.ts'
import type { Workspace } from '../paths.ts'
import { objection, ok, warning, type Check } from './check.ts'
import { listSome } from '../text/list-some.ts'
import type { StreamChecks } from './check-streams.ts'
import { describeHolder, ownerOf } from '../threads/leases.ts'
import { lockInterval, usualLockHold } from './waits.ts'
import { advice, shell } from '../text/hint.ts'

/** Which locks are held according to the kernel. The text of a lock file does not count: its holder may be dead. */
export async function checkLocks({ root, locks: { folder } }: Workspace): Promise<Check[]> {
  const names = existsSync(folder) ? readdirSync(folder) : []
  const held = await Promise.all(
    names.map((name) => checkLock(join(folder, name), relative(root, join(folder, name)))),
  )
  const checks = held.flatMap((check) => check ?? [])
  return checks.length > 0 ? checks : [ok('locks', 'none held')]
}

async function checkLock(path: string, label: string): Promise<Check | undefined> {
  try {
    return await watchLock(path, label)
  } catch (error) {
    return objection('locks', 'problem', error)
  }
}

async function watchLock(path: string, label: string): Promise<Check | undefined> {
  const end = performance.now() + usualLockHold
  let note = await noteOfHolder(path)
  while (note !== undefined && performance.now() < end) {
    await delay(lockInterval)
    note = await noteOfHolder(path)
  }
  if (note === undefined) return undefined
  const pid = /^\d+/.exec(note)?.[0]
  const who = pid === undefined ? 'an unknown process' : `process ${note}`
  return warning(
    'locks',
    `${label} has been held for more than ${usualLockHold / 1000} seconds by ${who}`,
    pid === undefined
      ? advice`${shell('fuser', label)} shows it.`
      : advice`Other processes wait for it to change that file. If it hangs: ${shell('kill', pid)}`,
  )
}

/** Which processes run which threads now. */
export async function checkOwners(read: Pick<StreamChecks, 'listed' | 'isComplete'>): Promise<Check[]> {
  try {
    return await listOwners(read)
  } catch (error) {
    return [objection('runs', 'problem', error)]
  }
}

async function listOwners({
  listed,
  isComplete,
}: Pick<StreamChecks, 'listed' | 'isComplete'>): Promise<Check[]> {
  const owned = new Map<number, { holder: Holder; threads: string[] }>()
  for (const stream of listed) {
    for (const threadId of namesIn(stream.owners)) {
      const holder = await ownerOf(stream, threadId)
      if (holder === undefined) continue
      const entry = owned.get(holder.pid) ?? { holder, threads: [] }
      entry.threads.push(`${stream.id} ${threadId}`)
      owned.set(holder.pid, entry)
    }
  }
  if (owned.size === 0) return isComplete ? [ok('runs', 'none')] : []
  return [...owned.values()].map(({ holder, threads }) =>
    ok('runs', `${describeHolder(holder)}: ${listSome(threads)}`),
  )
}

/** The threads that a process owns or has owned. */
function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^\d/.test(name)) : []
}
