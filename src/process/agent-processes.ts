import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { systemCode } from '../errors.ts'
import { listEnvironments } from './identity.ts'
import { folderIdentity } from './origin.ts'
import { oneLine } from '../text/sanitize.ts'

/** A process of an agent of this repository, or one that such an agent started. */
export interface AgentProcess {
  pid: number
  /** Short name of its program. */
  name: string
  /** Token of its session; undefined for a server that belongs to several sessions. */
  token: string | undefined
  /** The mark of the server that it is or that started it: a variable of its environment. */
  server: { variable: string; value: string } | undefined
  /** Whether it records the session of its token. A recorder ends after its session. */
  isRecorder: boolean
}

/**
 * Finds the processes of this user that agents in the checkout `root` run as or have started, and their recorders,
 * which run the program `recorder`; `marks` are variables that servers give to their processes. Only on Linux; elsewhere none are found.
 */
export function findAgentProcesses(root: string, recorder: string, marks: readonly string[]): AgentProcess[] {
  return listEnvironments().flatMap(({ pid, environment }) => {
    const valueOf = (name: string) =>
      environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1)
    const home = valueOf('WORK_ROOT')
    if (valueOf('WORKSTREAM_ROLE') !== 'AGENT' || home === undefined || pid === process.pid) return []
    if (home !== root && folderIdentity(home) !== folderIdentity(root)) return []
    const [server] = marks.flatMap((variable) => {
      const value = valueOf(variable)
      return value === undefined ? [] : [{ variable, value }]
    })
    return [
      {
        pid,
        name: oneLine(textOf(pid, 'comm')),
        token: valueOf('WORK_TOKEN'),
        server,
        isRecorder: isRunning(pid, recorder),
      },
    ]
  })
}

/** Whether a process runs this program of `work`, by any path: it may be another installation or a kept copy. */
function isRunning(pid: number, program: string): boolean {
  const [, script = '', order = ''] = textOf(pid, 'cmdline').split('\0')
  const [name = '', ...rest] = basename(script).split(/[-.]/)
  return name === basename(program, '.js') && /^m?js$/.test(rest.at(-1) ?? '') && order.startsWith('{')
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
