import { exitCodes, WorkError } from '../../errors.ts'
import { advice, work } from '../../text/hint.ts'

/**
 * Converts opencode's answer for a folder whose configuration it can't read into a `WorkError`: until that is fixed,
 * nothing works there. Undefined for any other error.
 */
export function configError(error: unknown): WorkError | undefined {
  if (error instanceof WorkError) return error.code === code ? error : undefined
  const { name, data } = bodyOf(error)
  if (typeof name !== 'string' || !name.startsWith('Config')) return undefined
  const { path, message } = recordOf(data)
  const file = typeof path === 'string' ? path : 'its configuration'
  const why = typeof message === 'string' && message !== '' ? message : JSON.stringify(data ?? {})
  return new WorkError(`opencode can't read ${file}: ${oneLine(why)}`, {
    code,
    hint: advice`Correct ${file}, then: ${work('fix')}`,
    exitCode: exitCodes.unfinished,
    cause: error,
  })
}

/** The outcome of a session that can't run because opencode can't read its configuration. */
export function endedByConfig({ message }: WorkError, now: Date) {
  return { type: 'not-started', code, message, at: now.toISOString(), detail: '' } as const
}

const code = 'opencode-config'

/** The errors listed by a JSON parser, without the text of the file, which may contain secrets. */
function oneLine(message: string): string {
  const listed = /--- Errors ---\n([^]*?)\n--- End ---/.exec(message)?.[1] ?? message
  const lines = listed.split('\n').filter((line) => line.trim() !== '' && !/^\s+(Line \d+:|\^)/.test(line))
  return lines.map((line) => line.trim()).join('; ')
}

/** The server's answer, which the SDK wraps in an error for throwing calls. */
function bodyOf(error: unknown): Record<string, unknown> {
  return error instanceof Error ? recordOf(recordOf(error.cause)['body']) : recordOf(error)
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
