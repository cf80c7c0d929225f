import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { ProcessIdentity } from '../../machines/session.ts'
import { systemCode } from '../errors.ts'

/**
 * Who the process `pid` is, or undefined when no such process lives. A zombie counts as dead. This file and what it
 * imports stay free of libraries: the recorder and light commands load it.
 */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTicks = startTicksOf(pid)
  return startTicks === undefined ? undefined : { pid, startTicks, host: hostname(), bootId: bootId() }
}

/** Whether exactly this process lives: the same pid, started at the same time, on this boot. */
export function isAlive(identity: ProcessIdentity): boolean {
  return isLocal(identity) && startTicksOf(identity.pid) === identity.startTicks
}

/**
 * Whether the process ran on this boot of this host at all; of another host nothing can be known. Where boots have ids
 * these tell: the name of a host may change at any time, as laptops get theirs from the network.
 */
export function isLocal({ host, bootId: boot }: ProcessIdentity): boolean {
  return boot === bootId() && (boot !== anyBoot || host === hostname())
}

/** Whether any process of the group that `pid` led lives. */
export function isGroupAlive(pid: number): boolean {
  if (!signalGroup(pid, 0)) return false
  // A group of zombies that nobody reaps takes signals for ever; only Linux tells them apart cheaply.
  return process.platform !== 'linux' || listPids().some((member) => groupOf(member) === String(pid))
}

/**
 * The processes that have `name=value` in their environment, which their descendants inherit. Only of this user, and
 * only on Linux; elsewhere none are found.
 */
export function findByEnvironment(name: string, value: string): number[] {
  const entry = `${name}=${value}`
  return listPids().filter((pid) => readIfThere(`/proc/${pid}/environ`)?.split('\0').includes(entry))
}

/** Sends a signal to each process of the group that `pid` led; false when none is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  return signalProcess(-pid, signal)
}

/** Sends a signal to one process; false when it is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false
    // It may have changed its user: it lives, and is not ours to signal.
    if (systemCode(error) === 'EPERM') return true
    throw error
  }
}

function listPids(): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}

function startTicksOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startTicksFromProc(pid) : startTimeFromPs(pid)
}

function startTicksFromProc(pid: number): string | undefined {
  return liveStat(pid)?.[19]
}

function groupOf(pid: number): string | undefined {
  return liveStat(pid)?.[2]
}

/** The fields of `/proc/<pid>/stat` from the third on; undefined for a process that is dead or a zombie. */
function liveStat(pid: number): string[] | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The second field is the command in parentheses and may hold anything; what follows the last one is regular.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    const [state, ...start] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
    })
      .trim()
      .split(/\s+/)
    return state === undefined || state === '' || state.startsWith('Z') ? undefined : start.join(' ')
  } catch (error) {
    // `ps` exits with 1 when there is no such process; without `ps` nothing could be told apart.
    if (systemCode(error) === undefined) return undefined
    throw error
  }
}

/** Where the system has no ids of boots. */
const anyBoot = 'unknown'
let knownBootId: string | undefined

/** An id that changes at every boot; where the system has none, one word for all boots. */
function bootId(): string {
  knownBootId ??= readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? anyBoot
  return knownBootId
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    // ESRCH: the process ended between open and read. EACCES: it is another user's.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(systemCode(error) ?? '')) return undefined
    throw error
  }
}
