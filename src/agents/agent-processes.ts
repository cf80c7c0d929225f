import { readFileSync } from 'node:fs'
import { systemCode } from '../errors.ts'
import { listEnvironments } from './identity.ts'
import { folderIdentity } from './origin.ts'
import { plainLine } from './plain.ts'

/** A process that an agent of this repository runs as, or has started. */
export interface AgentProcess {
  pid: number
  /** Its program, short. */
  name: string
  /** Of its session; undefined for one of opencode, whose server is that of all sessions. */
  token: string | undefined
  /** Of the opencode server that it was started by. */
  password: string | undefined
}

/**
 * The processes of this user that agents in the checkout `root` have started, `except` those that run this program (a
 * recorder). Only on Linux; elsewhere none are found.
 */
export function findAgentProcesses(root: string, except: string): AgentProcess[] {
  return listEnvironments().flatMap(({ pid, environment }) => {
    const valueOf = (name: string) =>
      environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1)
    const home = valueOf('WORK_ROOT')
    if (valueOf('WORKSTREAM_ROLE') !== 'AGENT' || home === undefined || pid === process.pid) return []
    if (home !== root && folderIdentity(home) !== folderIdentity(root)) return []
    if (textOf(pid, 'cmdline').includes(except)) return []
    const [token, password] = [valueOf('WORK_TOKEN'), valueOf('OPENCODE_SERVER_PASSWORD')]
    return [{ pid, name: plainLine(textOf(pid, 'comm')), token, password }]
  })
}

function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    // It has just ended.
    if (systemCode(error) === undefined) throw error
    return ''
  }
}
