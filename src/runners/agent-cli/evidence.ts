import type { Usage } from '../../../machines/session.ts'
import type { Evidence, EvidenceFact } from '../evidence.ts'
import type { AgentCli, CliHome } from './cli.ts'
import type { Reading, TurnEnd } from './facts.ts'

/** The number of lines, and of characters, of a last answer that say how it ended. */
const lastLines = 6
const lastCharacters = 1000

/** What an ended run is judged by. */
export interface EndedRun {
  /** How its process ended. */
  exit: Evidence
  reading: Reading
  /** The end of its error output. */
  stderr: string
  sessionId: string
  home: CliHome
  /** What its session had used before this run. */
  usedBefore: Usage | undefined
}

/**
 * What a run's events prove together with its exit. The final event counts, whatever the exit code is; without one a
 * run that exited with 0, or by a signal, was broken off: no agent CLI ends so by itself.
 */
export function evidenceOf(cli: AgentCli, run: EndedRun): Evidence {
  const { exit, reading, stderr } = run
  if (exit.type !== 'exited' && exit.type !== 'gone') return exit
  const isSame = reading.sessionId === undefined || reading.sessionId === run.sessionId
  // Another conversation has totals of its own.
  const usage = usageOfRun(reading, isSame ? run.usedBefore : undefined)
  const end = endOf(cli, run)
  const base = {
    at: exit.at,
    // Once it has said how it ended, it does not matter who ended its process. A signal makes it say that it was aborted.
    endedFor: end === undefined || end.type === 'aborted' ? exit.endedFor : undefined,
    ...(usage === undefined ? {} : { usage }),
    ...(isSame ? {} : { runnerSessionId: reading.sessionId }),
  }
  if (end !== undefined) return { ...base, detail: detailOf(end, reading), ...factOf(end, reading) }
  if (exit.type === 'gone') return { ...exit, ...base, detail: joined(exit.detail, reading, stderr) }
  const isBrokenOff = exit.signal === null && brokenOffCodes.includes(exit.code ?? 0)
  // One that was ended in the middle has not complained: its error output has only notes.
  const isEnded = isBrokenOff || exit.signal !== null
  const detail = isEnded ? wordsOf(reading) || stderr : stderr || wordsOf(reading)
  if (isBrokenOff) return { ...base, type: 'broken-off', code: exit.code, detail }
  return { ...exit, ...base, detail, hasOutput: reading.hasOutput }
}

/** Exit codes of a run that was ended in the middle: 0, or 128 and the number of SIGINT or SIGTERM. */
const brokenOffCodes = [0, 130, 143]

function endOf(cli: AgentCli, { exit, reading, stderr, sessionId, home }: EndedRun): TurnEnd | undefined {
  const code = exit.type === 'exited' && exit.signal === null ? exit.code : null
  const { end } = reading
  if (end === undefined) return code === null ? undefined : cli.endOfExit(code, stderr)
  if (end.type === 'done') return end
  return cli.preciseEnd?.(end, { sessionId: reading.sessionId ?? sessionId, home, code }) ?? end
}

function factOf(end: TurnEnd, { hasOutput, limit }: Reading): EvidenceFact {
  switch (end.type) {
    case 'done':
      return end.denied === true ? { type: 'denied' } : { type: 'turn-ended', hasOutput }
    case 'cut-off':
      return { type: 'cut-off', why: end.why }
    case 'refused':
      return { type: 'refused', status: end.status }
    case 'rate-limited':
      return { type: 'rate-limited', retryAt: end.retryAt ?? limit }
    case 'session-missing':
      return { type: 'session-missing' }
    case 'aborted':
      return { type: 'broken-off', code: null }
  }
}

function detailOf(end: TurnEnd, reading: Reading): string {
  if (end.type === 'done' || end.type === 'aborted') return lastOf(reading.text)
  return 'isGuess' in end && end.isGuess
    ? `${end.message} (no cause given: judged by these words)`
    : end.message
}

/** What this run used. From totals of a whole session, what it had used before is subtracted. */
function usageOfRun({ ofRun, ofSession }: Reading, before: Usage | undefined): Usage | undefined {
  if (ofRun === undefined && ofSession === undefined) return undefined
  const rest = { ...ofSession }
  for (const key of ['inputTokens', 'outputTokens', 'cost'] as const) {
    const total = rest[key]
    const known = before?.[key]
    if (total !== undefined && known !== undefined) rest[key] = Math.max(0, total - known)
  }
  return { ...rest, ...ofRun }
}

/** The words of a run without an end that best show why. */
function wordsOf({ problem, text, plain }: Reading): string {
  return problem || lastOf(text) || plain
}

function lastOf(text: string): string {
  return text.trim().split('\n').slice(-lastLines).join('\n').slice(-lastCharacters)
}

/** Words about a run without a recorded exit: what its recorder's files say, without lines of events. */
function joined(detail: string, reading: Reading, stderr: string): string {
  const own = detail.split('\n').filter((line) => !line.startsWith('{'))
  return [...own, ...(own.join('') === '' ? [stderr || wordsOf(reading)] : [])].join('\n').trim()
}
