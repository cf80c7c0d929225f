import { existsSync } from 'node:fs'
import { openWorkLog, type WorkLog } from '../log/log.ts'
import { requireInside } from '../files/inside.ts'
import { plainText } from '../text/sanitize.ts'
import { findWorkspace } from '../store/repository.ts'
import type { Workspace } from '../paths.ts'
import { now, type CommonOptions } from './context.ts'
import { say } from './output.ts'

/** Values of flags that are worth a log: ids and names. Free text in other flags is not logged. */
const telling = ['stream', 'thread', 'batch', 'stage', 'agent', 'model', 'parallel'] as const

/** Opens the log of a command, with a line that it has begun; undefined where there is no `work` folder to write in. */
export function openCommandLog(
  command: string,
  options: CommonOptions & Record<string, unknown>,
): WorkLog | undefined {
  const workspace = workspaceOf(options)
  if (workspace === undefined) return undefined
  const log = openWorkLog({
    path: workspace.log,
    lock: workspace.locks.log,
    command,
    now,
    complain: (sentence) => say(plainText(`Warning: ${sentence}`)),
    show: options.verbose === true ? (line) => say(plainText(line)) : undefined,
  })
  const facts = telling.map((name) => [name, textOf(options[name])])
  // Commander sets a flag that only `--no-…` names.
  const flags = Object.keys(options).filter((name) => name !== 'pager' || options.pager === false)
  log.write('command begun', { ...Object.fromEntries(facts), flags: flags.join(' ') })
  return log
}

/** The command itself says what is wrong with where it was called. */
function workspaceOf(options: CommonOptions): Workspace | undefined {
  try {
    const workspace = findWorkspace(process.cwd(), options.repoRoot ?? process.env['WORK_ROOT'], process.env)
    requireInside(workspace.root, workspace.log)
    return existsSync(workspace.work) ? workspace : undefined
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(textOf).join(' ')
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : undefined
}
