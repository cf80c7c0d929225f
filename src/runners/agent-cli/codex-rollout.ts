import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, systemCode, WorkError } from '../../errors.ts'
import { readTail } from '../tail.ts'
import { findFile, literally } from './find-file.ts'
import { at, parseLine, textAt } from './json.ts'

/**
 * Begins a session of codex under an id of ours, as a file of one line that `codex exec resume` continues: codex itself
 * takes no id. The format is codex's own, and it promises nothing. `begunAt`: ISO time.
 */
export function claimRollout(
  home: string,
  { sessionId, cwd, begunAt, version }: { sessionId: string; cwd: string; begunAt: string; version: string },
): void {
  const timestamp = new Date(begunAt).toISOString()
  const folder = join(home, 'sessions', ...timestamp.slice(0, 10).split('-'))
  const time = timestamp.slice(0, 19).replaceAll(':', '-')
  const payload = { id: sessionId, timestamp, cwd, originator: 'work', cli_version: version, source: 'exec' }
  try {
    mkdirSync(folder, { recursive: true })
    const line = JSON.stringify({ timestamp, type: 'session_meta', payload })
    writeFileSync(join(folder, `rollout-${time}-${sessionId}.jsonl`), `${line}\n`, { flag: 'wx' })
  } catch (error) {
    // Another start of the session has made it: the name is the same, because the time is that of its record.
    if (systemCode(error) !== 'EEXIST') throw notWritable(home, error)
  }
}

function notWritable(home: string, cause: unknown): WorkError {
  return new WorkError(`Codex can't keep sessions in ${home}: ${messageOf(cause)}.`, {
    code: 'codex-home',
    hint: 'Make it writable, or set CODEX_HOME to another folder.',
    cause,
  })
}

/** The file of a session; undefined if codex has none. */
export function findRollout(home: string, sessionId: string): string | undefined {
  const digits = /^\d+$/
  const file = new RegExp(`^rollout-.*-${literally(sessionId)}\\.jsonl$`)
  return findFile(join(home, 'sessions'), [digits, digits, digits, file])
}

/** Bytes at the end of a session's file in which the last turn's end is looked for. */
const tailLength = 64 * 1024

/** The cause of the last turn's failure, as codex has it in its session's file; undefined if there is none. */
export function readRolloutError(path: string): unknown {
  const lines = readTail(path, tailLength).split('\n').toReversed()
  for (const line of lines) {
    const event = parseLine(line)
    if (textAt(event, 'payload', 'type') === 'task_complete')
      return at(event, 'payload', 'error', 'codex_error_info')
  }
  return undefined
}
