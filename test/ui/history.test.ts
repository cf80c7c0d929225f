import { expect, it } from 'vitest'
import { type HistorySession, renderHistory, renderThreadHistory } from '../../src/ui/history.ts'
import { createStyle } from '../../src/ui/style.ts'
import { textWidth } from '../../src/ui/width.ts'

const style = createStyle({ color: false, unicode: true })
const ascii = createStyle({ color: false, unicode: false })
const now = new Date(2026, 0, 22, 12, 0).getTime()

const failed = session({
  attempt: 1,
  completedAt: local(22, 9, 57, 5),
  status: 'failed',
  reason: 'exit',
  exitCode: 3,
  detail: 'one\ntwo\n\nthree\nfour\n  \u001B[31mfive\u001B[0m\n',
  usage: { inputTokens: 12_345, outputTokens: 678, cost: 0.5 },
})

it('the history shows of each attempt when, how long, which agent, how it ended and its last output', () => {
  const running = session({
    attempt: 2,
    mode: 'resume',
    startedAt: local(22, 11, 55, 50),
    note: 'The port is 8080.',
    status: 'running',
  })
  expect(renderHistory([failed, running], { style, now, width: 80 })).toEqual([
    '#1  ✗ failed: exit code 3 · 2h ago, 2026-01-22 09:55 · took 2m 05s',
    '    backend-expert · anthropic/claude-sonnet-4 · 12.3k in, 678 out, $0.50',
    '    │ two',
    '    │ three',
    '    │ four',
    '    │ five',
    '#2  ● running · 4m ago, 2026-01-22 11:55 · for 4m 10s',
    '    backend-expert · anthropic/claude-sonnet-4 · resumed',
    '    Note: The port is 8080.',
  ])
})

it('the history continues on the next line where a terminal is narrow, and loses nothing', () => {
  const lines = renderHistory([failed], { style: ascii, now, width: 44 })
  expect(lines).toEqual([
    '#1  x failed: exit code 3',
    '    2h ago, 2026-01-22 09:55 - took 2m 05s',
    '    backend-expert',
    '    anthropic/claude-sonnet-4',
    '    12.3k in, 678 out, $0.50',
    '    | two',
    '    | three',
    '    | four',
    '    | five',
  ])
})

it('the history colours how it ended, and nothing else of the line', () => {
  const colored = createStyle({ color: true, unicode: true })
  const [line] = renderHistory([failed], { style: colored, now, width: 80 })
  expect(line).toBe('#1  \u001B[31m✗ failed: exit code 3\u001B[39m · 2h ago, 2026-01-22 09:55 · took 2m 05s')
})

it('a session of which only the start is known shows no end', () => {
  const lost = session({ status: 'interrupted', reason: 'lost', model: '', startedAt: local(12, 9, 55) })
  expect(renderHistory([lost], { style, now })).toEqual([
    '#1  ■ interrupted: process lost · 10d ago, 2026-01-12 09:55',
    '    backend-expert',
  ])
})

it('the history says until when a provider is rate-limited, while that is in the future', () => {
  const limited = session({ attempt: 100, completedAt: local(22, 9, 57), reason: 'rate-limit' })
  const lines = (retryAt: string) => renderHistory([{ ...limited, retryAt }], { style, now, width: 120 })
  expect(lines(local(22, 12, 30))).toEqual([
    '#100 ✗ failed: rate-limited · 2h ago, 2026-01-22 09:55 · took 2m 00s · retry after 2026-01-22 12:30',
    '     backend-expert · anthropic/claude-sonnet-4',
  ])
  expect(lines(local(22, 11, 30))[0]).toMatch(/took 2m 00s$/)
})

it('the history leaves out times that are none', () => {
  const odd = session({ startedAt: 'yesterday', completedAt: local(22, 9, 55), status: 'completed' })
  expect(renderHistory([odd], { style, now })[0]).toBe('#1  ✓ completed')
})

it('the history shows the thread and its status in one line', () => {
  const thread = {
    id: '01.01.02',
    name: 'Schema Validation and Migration',
    status: 'completed',
    sessions: [],
  } as const
  const heading = (width: number, settledBy: 'user' | 'session') =>
    renderThreadHistory({ ...thread, settledBy }, { style, now, width })[0]
  expect(heading(80, 'session')).toBe('01.01.02 Schema Validation and Migration: ✓ completed')
  expect(heading(60, 'user')).toBe('01.01.02 Schema Validation and… ✓ completed, marked by hand')
  expect(heading(20, 'user')).toBe('✓ completed, marked…')
})

it('the history says that there was no session', () => {
  expect(renderHistory([], { style, now })).toEqual(['No session yet.'])
})

it.each([24, 40, 80, 120])('is never wider than %i columns, and safe to print', (width) => {
  const evil = 'a\u001B[2Jb\u001B]0;t\u0007\u202E\r日本語'.repeat(9)
  const bad = { ...failed, agentName: evil, model: evil, detail: evil, note: evil, reason: evil }
  for (const line of renderHistory([bad], { style, now, width })) {
    expect(textWidth(line)).toBeLessThanOrEqual(width)
    expect(line).not.toMatch(/[\p{Cc}\u202E]/u)
  }
})

function session(change: Partial<HistorySession>): HistorySession {
  return {
    agentName: 'backend-expert',
    model: 'anthropic/claude-sonnet-4',
    startedAt: local(22, 9, 55),
    status: 'failed',
    ...change,
  }
}

/** A local time in January 2026, as tasks.json has it. */
function local(day: number, hour: number, minute: number, second = 0): string {
  return new Date(2026, 0, day, hour, minute, second).toISOString()
}

it('the history of a completed session says why its work was not merged', () => {
  const stopped = { status: 'failed', reason: 'conflict', detail: 'conflict in 1 file: a' } as const
  const sessions = [session({ status: 'completed' })]
  const thread = { id: '01.01.02', name: 'Parser', status: 'failed', reason: 'conflict' } as const
  const lines = renderThreadHistory({ ...thread, sessions, delivery: { stopped } }, { style, now })
  expect(lines[0]).toContain('✗ failed: conflict')
  expect(lines[1]).toContain('✗ completed, then failed: conflict')
})
