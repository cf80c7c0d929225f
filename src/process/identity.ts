import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { ProcessIdentity, SystemIdentity } from '../../machines/session.ts'
import { systemCode } from '../errors.ts'

/**
 * The identity of the process `pid`, or undefined if it is not running. A zombie counts as dead. This file and its
 * imports use no libraries: the recorder and light commands load it.
 */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTicks = startTicksOf(pid)
  return startTicks === undefined ? undefined : { pid, startTicks, ...systemIdentity() }
}

/** The system that this process runs on, within which process ids have the same meaning. */
export function systemIdentity(): SystemIdentity {
  const namespace = pidNamespace()
  return {
    host: hostname(),
    bootId: bootId(),
    ...(namespace === undefined ? {} : { pidNamespace: namespace }),
  }
}

/** Whether exactly this process is running: the same pid, started at the same time, on this boot. */
export function isAlive(identity: ProcessIdentity): boolean {
  return isLocal(identity) && startTicksOf(identity.pid) === identity.startTicks
}

/**
 * How much of another system's processes can be seen from `here`. `gone`: this host was rebooted since, so none of
 * them is left. `hidden`: on another host or in another pid namespace (a container), where they may be running.
 */
export function visibilityOf(
  system: SystemIdentity,
  here: SystemIdentity = systemIdentity(),
): 'visible' | 'gone' | 'hidden' {
  if (system.bootId === anyBoot || here.bootId === anyBoot) {
    return system.host === here.host ? 'visible' : 'hidden'
  }
  // Boot ids before names: a laptop gets its name from the network.
  if (system.bootId !== here.bootId) return system.host === here.host ? 'gone' : 'hidden'
  // Records written before namespaces were recorded count as this one.
  const isOneNamespace =
    system.pidNamespace === undefined ||
    here.pidNamespace === undefined ||
    system.pidNamespace === here.pidNamespace
  return isOneNamespace ? 'visible' : 'hidden'
}

/**
 * Whether the system is another pid namespace of this boot, such as a container: for data in `work/.run`, which is
 * never shared between machines.
 */
export function isOtherNamespace(system: SystemIdentity): boolean {
  return system.bootId === bootId() && visibilityOf(system) === 'hidden'
}

/** Whether the process ran where processes can be seen from here: on this boot of this host, in this pid namespace. */
export function isLocal(system: SystemIdentity): boolean {
  return visibilityOf(system) === 'visible'
}

/** Whether any process of the group that `pid` led is running. */
export function isGroupAlive(pid: number): boolean {
  if (!signalGroup(pid, 0)) return false
  // A group of zombies that nobody reaps accepts signals forever; only Linux can distinguish them cheaply.
  return process.platform !== 'linux' || membersOf(pid).length > 0
}

/**
 * The processes with `name=value` in their environment, which their descendants inherit. Only of this user, and only
 * on Linux; elsewhere none are found.
 */
export function findByEnvironment(name: string, value: string): number[] {
  const entry = `${name}=${value}`
  return listPids().filter((pid) => environmentOf(pid)?.includes(entry))
}

/** The environment of each process of this user, as `NAME=value` entries. Only on Linux; elsewhere none are listed. */
export function listEnvironments(): { pid: number; environment: readonly string[] }[] {
  return listPids().map((pid) => ({ pid, environment: environmentOf(pid) ?? [] }))
}

/**
 * Processes whose environment, as `NAME=value` entries, passes `test`. Only of this user, and only on Linux; elsewhere
 * none are found.
 */
export function findProcesses(test: (environment: readonly string[]) => boolean): number[] {
  return listPids().filter((pid) => test(environmentOf(pid) ?? []))
}

/**
 * Whether the environment of a process, or of one of its ancestors, passes `test`. A program may replace its own
 * environment, but not that of its ancestors. `unknown` for a process of another user, whose environment can't be
 * read. Where no environments can be read (not on Linux) every process passes.
 */
export function descends(
  pid: number,
  test: (environment: readonly string[]) => boolean,
): 'yes' | 'no' | 'unknown' {
  if (process.platform !== 'linux') return 'yes'
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parentOf(at)) {
    const environment = environmentOf(at)
    if (environment !== undefined && test(environment)) return 'yes'
  }
  return environmentOf(pid) === undefined ? 'unknown' : 'no'
}

/** The members of the group that `pid` led; empty if the system doesn't show them. */
export function membersOf(pid: number): number[] {
  return listPids().filter((member) => groupOf(member) === String(pid))
}

/** Sends a signal to each process of the group that `pid` led; false if none is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  return signalProcess(-pid, signal)
}

/** Sends a signal to one process; false if it is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false
    // It may have changed its user: it is running, but we may not signal it.
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

function parentOf(pid: number): number | undefined {
  const parent = liveStat(pid)?.[1]
  return parent === undefined ? undefined : Number(parent)
}

function environmentOf(pid: number): string[] | undefined {
  return readIfThere(`/proc/${pid}/environ`)?.split('\0')
}

/** The fields of `/proc/<pid>/stat` from the third on; undefined for a process that is dead or a zombie. */
function liveStat(pid: number): string[] | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The second field is the command in parentheses and may contain anything; the fields after the last parenthesis are
  // regular.
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
    // `ps` exits with 1 if there is no such process. Without `ps`, running and dead processes can't be distinguished.
    if (systemCode(error) === undefined) return undefined
    throw error
  }
}

/** Used where the system has no boot ids. */
const anyBoot = 'unknown'
let knownBootId: string | undefined

/** An id that changes at every boot; a constant where the system has none. */
function bootId(): string {
  knownBootId ??= readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? anyBoot
  return knownBootId
}

let knownNamespace: string | undefined

/** The process id namespace, such as `pid:[4026531836]`; undefined where the system has none. */
function pidNamespace(): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    knownNamespace ??= readlinkSync('/proc/self/ns/pid')
    return knownNamespace
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    // ESRCH: the process ended between open and read. EACCES: it belongs to another user.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(systemCode(error) ?? '')) return undefined
    throw error
  }
}
