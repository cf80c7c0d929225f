import { readFileSync } from 'node:fs'
import { findByEnvironment } from '../../src/process/identity.ts'
import { systemCode } from '../../src/errors.ts'

/** What a process of the soak is. */
export type Role = 'supervisor' | 'recorder' | 'agent' | 'keeper' | 'server' | 'update' | 'other'

/** A process that a soak has started, or that descends from one. */
export interface SoakProcess {
  pid: number
  role: Role
  /** Of the session that it belongs to; empty for others. */
  token: string
  thread: string
}

/** The variable that all processes of a soak have in their environment. */
export const marker = 'SOAK_ID'

/** The processes of a soak that are running, in the order of their threads. */
export function listProcesses(id: string): SoakProcess[] {
  return findByEnvironment(marker, id)
    .flatMap((pid) => describe(pid) ?? [])
    .toSorted((left, right) => left.thread.localeCompare(right.thread) || left.pid - right.pid)
}

/** Kills a process; false when it was gone already. */
export function killProcess(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false
    throw error
  }
}

function describe(pid: number): SoakProcess | undefined {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    const valueOf = (name: string) =>
      environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
    return { pid, role: roleOf(args), token: valueOf('WORK_TOKEN'), thread: valueOf('WORK_THREAD') }
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(systemCode(error) ?? '')) return undefined
    throw error
  }
}

function roleOf(args: readonly string[]): Role {
  const has = (ending: string) => args.some((arg) => arg.endsWith(ending))
  if (has('/recorder.js')) return 'recorder'
  if (has('/keeper.js')) return 'keeper'
  if (has('/agent.mjs')) return 'agent'
  if (args.includes('serve') && args.includes('--print-logs')) return 'server'
  if (!has('/main.js')) return 'other'
  if (args.includes('update')) return 'update'
  return args.includes('multi') || args.includes('continue') ? 'supervisor' : 'other'
}
