import { describe, expect, it } from 'vitest'
import type { BoardMode } from '../../../src/ui/board/mode.ts'
import { type BoardOptions, renderBoard } from '../../../src/ui/board/board.ts'
import { createStyle } from '../../../src/ui/style.ts'
import { textWidth } from '../../../src/ui/width.ts'
import { board, row, startedAt } from './board-rows.ts'

const plain = createStyle({ color: false, unicode: true })
const ascii = createStyle({ color: false, unicode: false })

const run = board(
  row({
    id: '01.01.01',
    name: 'Type Definitions',
    status: 'completed',
    startedAt,
    endedAt: startedAt + 42_000,
    lastLine: 'Done.',
  }),
  row({
    id: '01.01.02',
    name: 'Schema Validation',
    status: 'failed',
    reason: 'exit',
    exitCode: 3,
    startedAt,
    endedAt: startedAt + 4_000,
    lastLine: 'Error: no such file',
  }),
  row({
    id: '01.01.03',
    name: 'Execute Command Integration',
    status: 'running',
    attempt: 2,
    startedAt: startedAt + 1_000,
    lastLine: 'Reading src/cli/multi.ts and all that it imports',
  }),
  row({ id: '01.01.04', name: '日本語', status: 'running', agent: 'systems-engineer', startedAt }),
  row({ id: '01.01.05', name: 'Docs' }),
)

it('the board shows each thread with its agent, its time and what there is to say', () => {
  expect(renderBoard(run, at({ width: 80 }))).toEqual([
    '005-session-tracking 01.01 · 1m 05s · 4 at a time',
    '',
    '✓ 01.01.01  Type Definitions      default           42s  completed',
    '✗ 01.01.02  Schema Validation     default            4s  failed: exit code 3',
    '● 01.01.03  Execute Command Int…  default #2     1m 04s  Reading src/cli/multi.…',
    '● 01.01.04  日本語                systems-eng…   1m 05s  starting',
    '○ 01.01.05  Docs                  default                waiting',
    '',
    '████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  1/5',
    '2 running · 1 waiting · 1 completed · 1 failed',
    'Ctrl-C to stop · twice to stop immediately',
  ])
})

it('the board shows in 80 columns what is done with the work of threads whose agents have ended', () => {
  const ended = { status: 'running', startedAt, endedAt: startedAt + 42_000, lastLine: 'Done.' } as const
  const delivered = board(
    row({ ...ended, id: '01.01.01', name: 'Types', phase: 'verifying', phaseSince: startedAt + 53_000 }),
    row({ ...ended, id: '01.01.02', name: 'Schema Validation', phase: 'waiting' }),
    row({ ...ended, id: '01.01.03', name: 'Execute Command Integration', phase: 'waiting' }),
    row({ id: '01.01.04', name: 'Docs', status: 'running', startedAt, phase: 'preparing' }),
    row({ ...ended, id: '01.02.01', name: 'Release', phase: 'waiting' }),
    row({ ...ended, id: '01.03.01', name: 'Notes', phase: 'advancing' }),
    row({ ...ended, id: '01.04.01', name: 'News', phase: 'working' }),
  )
  const lines = renderBoard(delivered, at({ width: 80 }))
  expect(lines.slice(2, 9)).toEqual([
    '● 01.01.01  Types                 default      42s  verifying 12s',
    '● 01.01.02  Schema Validation     default      42s  waits for 01.01.01',
    '● 01.01.03  Execute Command Int…  default      42s  waits for 01.01.01, 01.01.02',
    '● 01.01.04  Docs                  default   1m 05s  preparing its clone',
    '● 01.02.01  Release               default      42s  waits for its turn to merge',
    '● 01.03.01  Notes                 default      42s  merging',
    '● 01.04.01  News                  default      42s  Done.',
  ])
  expect(lines.filter((line) => textWidth(line) > 80)).toEqual([])
})

it('the board leaves out agents and output in 40 columns', () => {
  expect(renderBoard(run, at({ width: 40, style: ascii }))).toEqual([
    '005-session-tr... - 1m 05s - 4 at a time',
    '',
    '+ 01.01.01  Type Definitions         42s',
    'x 01.01.02  Schema Validation         4s',
    '> 01.01.03  Execute Command...    1m 04s',
    '> 01.01.04  日本語                1m 05s',
    '. 01.01.05  Docs',
    '',
    '#######----------------------------  1/5',
    '2 running - 1 waiting - 1 completed -...',
    'Ctrl-C to stop',
  ])
})

it('the board shows more of the output in 200 columns', () => {
  const lines = renderBoard(run, at({ width: 200 }))
  expect(lines.slice(3, 5)).toEqual([
    '✗ 01.01.02  Schema Validation            default                4s  failed: exit code 3 · Error: no such file',
    '● 01.01.03  Execute Command Integration  default #2         1m 04s  Reading src/cli/multi.ts and all that it imports',
  ])
})

it('the board shows running and failed threads, and counts the others, where there is no room for all', () => {
  const many = Array.from({ length: 40 }, (_, index) =>
    row({
      id: `01.01.${String(index + 1).padStart(2, '0')}`,
      status: index < 20 ? 'completed' : index < 24 ? 'running' : 'waiting',
    }),
  )
  const failed = { ...row({ id: '01.01.03' }), status: 'failed', reason: 'incomplete' } as const
  const lines = renderBoard(board(...many.toSpliced(2, 1, failed)), at({ width: 60, height: 20 }))
  expect(lines).toHaveLength(20)
  expect(lines.slice(2, 17)).toEqual([
    '◐ 01.01.03  Thread  default           incomplete',
    ...['21', '22', '23', '24'].map((id) => `● 01.01.${id}  Thread  default           starting`),
    ...['25', '26', '27', '28', '29', '30', '31', '32'].map(
      (id) => `○ 01.01.${id}  Thread  default           waiting`,
    ),
    '… and 27 more (8 waiting, 19 completed)',
    '',
  ])
  expect(lines[18]).toBe('4 running · 16 waiting · 19 completed · 1 incomplete')
})

it('a message is above the keys; a final board shows no keys', () => {
  const stopping = { ...board(row({})), message: 'Stopping:\u001B[2J 3 threads are ending' }
  expect(renderBoard(stopping, at({})).slice(-2)).toEqual([
    'Stopping: 3 threads are ending',
    'Ctrl-C to stop · twice to stop immediately',
  ])
  expect(renderBoard(run, at({ final: true })).at(-1)).toBe('2 running · 1 waiting · 1 completed · 1 failed')
})

it('the board keeps control characters out of the terminal', () => {
  const evil = 'a\u001B[2Jb\u001B]0;t\u0007\u202E\rc'
  const bad = row({ id: evil, name: evil, agent: evil, lastLine: evil, status: 'running' })
  const lines = renderBoard({ ...board(bad), title: evil }, at({ width: 100 }))
  expect(lines.join('')).not.toMatch(/[\p{Cc}\u202E]/u)
  expect(lines[2]).toBe('● ab c  ab c  ab c           ab c')
})

it('the board is dim and coloured only where colour is on', () => {
  const style = createStyle({ color: true, unicode: true })
  expect(renderBoard(run, at({ style })).join('\n')).toContain('\u001B[31m✗\u001B[39m 01.01.02')
})

it.each([
  [10, 4],
  [24, 8],
  [40, 12],
  [80, 24],
  [200, 60],
])('the board never exceeds %i columns and %i rows', (width, height) => {
  const wide = row({ name: '日本語'.repeat(40), agent: '👩‍👩‍👧'.repeat(9), lastLine: 'é'.repeat(400) })
  const rows = Array.from({ length: 30 }, (_, index) => ({
    ...wide,
    id: `01.01.${index}`,
    status: 'running' as const,
  }))
  const lines = renderBoard(board(...rows), at({ width, height }))
  expect(lines.length).toBeLessThanOrEqual(height)
  for (const line of width < 24 ? [] : lines) expect(textWidth(line)).toBeLessThanOrEqual(width)
})

it('the board shows what a session uses beside what it does, and what it has used at its end', () => {
  const usage = { inputTokens: 12_345, outputTokens: 678, cost: 0.5 }
  const running = row({ id: '01.01.01', status: 'running', lastLine: 'bash: npm test', usage })
  const done = row({ id: '01.01.02', status: 'completed', usage })
  const text = renderBoard(board(running, done), at({ width: 120 })).join('\n')
  expect(text).toContain('12.3k in, 678 out, $0.50 · bash: npm test')
  expect(text).toContain('completed · 12.3k in, 678 out, $0.50')
})

it('the board does not show or count what has not come up', () => {
  const gated = row({ id: '02.01.01', status: 'pending' })
  const lines = renderBoard(board(row({ id: '01.01.01', status: 'completed' }), gated), at({}))
  expect(lines.join('\n')).not.toContain('02.01.01')
  expect(lines.join('\n')).toContain('1/1')
  expect(renderBoard(board(gated), at({}))).toEqual([])
})

function at(options: Partial<BoardOptions>): BoardOptions {
  return { width: 80, height: 24, now: startedAt + 65_000, style: plain, ...options }
}

it('of a thread that failed shows its error, not the last line of its output', () => {
  const failed = row({ status: 'failed', reason: 'exit', exitCode: 1, lastLine: 'Reading LICENSE' })
  const lines = renderBoard(board({ ...failed, error: 'cat: LICENSE: No such file' }), at({ width: 120 }))
  expect(lines.join('\n')).toContain('failed: exit code 1 · cat: LICENSE: No such file')
  expect(lines.join('\n')).not.toContain('Reading')
  expect(renderBoard(board(failed), at({ width: 120 })).join('\n')).toContain('· Reading LICENSE')
})

describe('the keys', () => {
  const rows = [
    row({ id: '01.01.01', status: 'running' }),
    row({ id: '01.01.02', status: 'completed' }),
    row({ id: '01.01.03', status: 'running' }),
  ]
  const shown = (mode: BoardMode, options: Partial<BoardOptions> = {}) =>
    renderBoard({ ...board(...rows), mode }, at(options))

  it('are named in the last line, as many as have room', () => {
    expect(shown({ type: 'watching' }).at(-1)).toBe('d detach · l log · x stop one · ? help · Ctrl-C stop')
    expect(shown({ type: 'watching' }, { width: 30 }).at(-1)).toBe('d detach · l log · x stop one')
    expect(shown({ type: 'watching' }, { width: 5 }).at(-1)).toBe('d de…')
  })

  it('move a pointer among the threads there are to choose from, which stays on a small screen', () => {
    const mode = {
      type: 'choosing',
      action: 'stop',
      from: ['01.01.01', '01.01.03'],
      chosen: '01.01.03',
    } as const
    expect(shown(mode).slice(2, 5)).toEqual([
      expect.stringMatching(/^ {2}● 01\.01\.01/),
      expect.stringMatching(/^> ● 01\.01\.03/),
      '',
    ])
    expect(shown(mode, { height: 8 }).filter((line) => line.startsWith('>'))).toHaveLength(1)
  })

  it('show the end of a log, without its control characters', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}\u001B[2J`)
    const log = shown({ type: 'reading', id: '01.01.02', lines }, { height: 12 })
    expect(log.slice(2, 8)).toEqual([
      'Log of 01.01.02 Thread',
      '',
      'line 36',
      'line 37',
      'line 38',
      'line 39',
    ])
    expect(shown({ type: 'reading', id: '01.01.02', lines: [] })).toContain('Nothing yet.')
  })

  it('are explained, each in a line', () => {
    expect(shown({ type: 'help' })).toContain('  d       detach: the run continues in the background')
  })

  it('leave the final board as it is', () => {
    const final = renderBoard(board(...rows), at({ final: true }))
    expect(renderBoard({ ...board(...rows), mode: { type: 'help' } }, at({ final: true }))).toEqual(final)
  })
})
