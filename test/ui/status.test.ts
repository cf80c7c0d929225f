import { expect, it } from 'vitest'
import type { SessionLine } from '../../src/ui/sessions.ts'
import { type StreamRow, type ThreadRow, renderStatus } from '../../src/ui/status.ts'
import { createStyle } from '../../src/ui/style.ts'
import { textWidth } from '../../src/ui/width.ts'

const plain = createStyle({ color: false, unicode: true })
const ascii = createStyle({ color: false, unicode: false })
const now = Date.parse('2026-01-22T12:00:00.000Z')

const threads: ThreadRow[] = [
  thread({
    id: '01.01.01',
    name: 'Type Definitions',
    status: 'completed',
    settledBy: 'user',
    tasks: { total: 3, completed: 3 },
  }),
  thread({
    id: '01.01.02',
    name: 'Schema Validation',
    status: 'failed',
    reason: 'exit',
    resumable: true,
    lastSession: ended({ status: 'failed', reason: 'exit' }),
  }),
  thread({
    id: '01.02.01',
    name: 'Execute Command Integration',
    status: 'failed',
    reason: 'incomplete',
    lastSession: ended({ status: 'failed', reason: 'incomplete' }),
  }),
  thread({
    id: '01.02.02',
    name: 'Multi Command Integration',
    status: 'running',
    agent: 'systems-engineer',
    lastSession: session({ status: 'running', startedAt: '2026-01-22T11:55:50.000Z' }),
  }),
  thread({
    id: '02.01.01',
    name: '追加',
    status: 'pending',
    agent: null,
    sessionCount: 0,
    lastSession: undefined,
  }),
]

const stages: StreamRow['stages'] = [
  { id: '01', name: 'Session Tracking Infrastructure', status: 'completed', completed: 12, total: 12 },
  { id: '02', name: 'Command Refactoring', status: 'in_progress', completed: 1, total: 3 },
]

it('the status shows progress, stages and threads in 80 columns', () => {
  expect(renderStatus([stream({ stages, threads })], { style: plain, now, width: 80 })).toEqual([
    '005-session-tracking',
    '████████░░░░░░░░░░░░  40%  in progress',
    '',
    '✓ 01  Session Tracking Infrastructure  12/12',
    '● 02  Command Refactoring                1/3',
    '',
    'Thread    Name              Status            Tasks  Sessions  Agent      When',
    '01.01.01  Type Definitions  ✓ completed         3/3       ✎ 1  default    5m ago',
    '01.01.02  Schema Validati…  ✗ failed: error     1/3       ↻ 1  default    5m ago',
    '01.02.01  Execute Command…  ◐ incomplete        1/3         1  default    5m ago',
    '01.02.02  Multi Command I…  ● running 4m 10s    1/3         1  systems-…',
    '02.01.01  追加              ○ pending           1/3         0',
    '',
    '↻ can be resumed (work fix): 01.01.02',
    '✎ marked completed by hand: 01.01.01',
  ])
})

it('the status shows in 80 columns what is done with a running thread while no agent works on it', () => {
  const running = { status: 'running', lastSession: ended({ status: 'completed' }) } as const
  const phases: ThreadRow[] = [
    thread({ ...running, id: '01.01.01', phase: 'verifying', phaseSince: now - 12_000 }),
    thread({ ...running, id: '01.01.02', phase: 'waiting', waitsFor: ['01.01.01'] }),
    thread({ ...running, id: '01.01.03', phase: 'waiting' }),
    thread({ ...running, id: '01.01.04', phase: 'preparing' }),
    thread({ ...running, id: '01.01.05', phase: 'merging', foreign: { type: 'elsewhere' } }),
  ]
  expect(renderStatus([stream({ threads: phases })], { style: plain, now, width: 80 }).slice(3)).toEqual([
    'Thread    Name    Status                      Tasks  Sessions  Agent    When',
    '01.01.01  Thread  ● verifying 12s               1/3         1  default',
    '01.01.02  Thread  ● waits for 01.01.01          1/3         1  default',
    '01.01.03  Thread  ● waits for its turn to m…    1/3         1  default',
    '01.01.04  Thread  ● preparing its clone         1/3         1  default',
    '01.01.05  Thread  ● elsewhere                   1/3         1  default  ✓ 5m ago',
  ])
})

it('the status of isolated threads shows what is merged, and why the rest is not', () => {
  const clone = { folder: 'work/.trees/005-01.01.02', branch: 'workthread/005-x/01.01.02', exists: true }
  const detail = 'conflict in 2 files with 01.01.01: src/a.ts, src/b.ts'
  const rows = [
    { ...thread({ id: '01.01.01', status: 'completed' }), delivery: { merged: '3f2a1c0'.padEnd(40, '0') } },
    {
      ...thread({ id: '01.01.02', status: 'failed', reason: 'conflict', lastSession: ended({}) }),
      clone,
      delivery: { stopped: { status: 'failed', reason: 'conflict', detail } as const },
    },
  ]
  const isolation = { branch: 'workstream/005-session-tracking', merged: 1, threads: 2, clones: 2 }
  expect(
    renderStatus([stream({ threads: rows, isolation })], { style: plain, now, width: 80 }),
  ).toMatchInlineSnapshot(`
    [
      "005-session-tracking",
      "████████░░░░░░░░░░░░  40%  in progress",
      "workstream/005-session-tracking: 1 of 2 merged, 2 clones",
      "",
      "Thread    Name    Status              Merged   Tasks  Sessions  Agent",
      "01.01.01  Thread  ✓ completed         3f2a1c0    1/3         1  default",
      "01.01.02  Thread  ✗ failed: conflict             1/3         1  default",
      "    conflict in 2 files with 01.01.01: src/a.ts, src/b.ts",
    ]
  `)
})

it('the status cuts names before reasons in 80 columns', () => {
  const lost = ended({ status: 'interrupted', reason: 'server-lost' })
  const long = thread({ status: 'interrupted', reason: 'server-lost', resumable: true, lastSession: lost })
  const lines = renderStatus([stream({ threads: [...threads, long] })], { style: plain, now, width: 80 })
  expect(lines.filter((line) => line.includes('interrupted'))).toEqual([
    '01.01.01  Thread            ■ interrupted: server s…    1/3       ↻ 1  default',
  ])
})

it('the status leaves out what does not fit 40 columns', () => {
  expect(renderStatus([stream({ stages, threads })], { style: plain, now, width: 40 })).toEqual([
    '005-session-tracking',
    '████████░░░░░░░░░░░░  40%  in progress',
    '',
    '✓ 01  Session Tracking Infrastru…  12/12',
    '● 02  Command Refactoring            1/3',
    '',
    'Thread    Name          Status',
    '01.01.01  Type Defini…  ✓ completed',
    '01.01.02  Schema Vali…  ✗ failed: error',
    '01.02.01  Execute Com…  ◐ incomplete',
    '01.02.02  Multi Comma…  ● running 4m 10s',
    '02.01.01  追加          ○ pending',
    '',
    '↻ can be resumed (work fix): 01.01.02',
    '✎ marked completed by hand: 01.01.01',
  ])
})

it('the status shows names in full where there is room, in ASCII where there is nothing else', () => {
  expect(renderStatus([stream({ threads: threads.slice(1, 4) })], { style: ascii, now, width: 200 })).toEqual(
    [
      '005-session-tracking',
      '########------------  40%  in progress',
      '',
      'Thread    Name                         Status            Tasks  Sessions  Agent             When',
      '01.01.02  Schema Validation            x failed: error     1/3       * 1  default           5m ago',
      '01.02.01  Execute Command Integration  ~ incomplete        1/3         1  default           5m ago',
      '01.02.02  Multi Command Integration    > running 4m 10s    1/3         1  systems-engineer',
      '',
      '* can be resumed (work fix): 01.01.02',
    ],
  )
})

it('the status repeats the progress below a long table', () => {
  const many = Array.from({ length: 17 }, () => thread({}))
  expect(progressOf(many.slice(1))).toHaveLength(1)
  const [first, last, ...others] = progressOf(many)
  expect(last).toBe(first)
  expect(others).toEqual([])
})

it('the status shows each attempt below its thread, in columns of their own', () => {
  const live = session({ status: 'running', attempt: 7, startedAt: '2026-01-22T11:59:30.000Z' })
  const tried = thread({
    status: 'running',
    agent: undefined,
    sessionCount: 3,
    lastSession: live,
    sessions: [
      session({
        status: 'interrupted',
        reason: 'user',
        signal: 'SIGINT',
        completedAt: '2026-01-22T10:57:05.000Z',
      }),
      session({
        status: 'failed',
        reason: 'no-output',
        exitCode: 0,
        completedAt: '2026-01-22T10:55:04.000Z',
      }),
      live,
    ],
  })
  const other = thread({ id: '01.01.02', agent: undefined, status: 'completed', sessions: [] })
  const lines = renderStatus([stream({ threads: [tried, other] })], { style: plain, now, width: 100 })
  expect(lines.slice(3)).toEqual([
    'Thread    Name    Status         Tasks  Sessions  When',
    '01.01.01  Thread  ● running 30s    1/3         3',
    '    #1  interrupted: stopped by you  2m 05s    1h ago  default  anthropic/claude-sonnet-4',
    '    #2  failed: no output                4s    1h ago  default  anthropic/claude-sonnet-4',
    '    #7  running                         30s  just now  default  anthropic/claude-sonnet-4',
    '01.01.02  Thread  ✓ completed      1/3         1  5m ago',
  ])
})

it('the status shows several workstreams one below the other, each named once', () => {
  const views = [
    stream({ id: '001-a', name: 'a' }),
    stream({ id: '002-b', name: 'Better words', percent: 100 }),
  ]
  expect(renderStatus(views, { style: plain, now })).toEqual([
    '001-a',
    '████████░░░░░░░░░░░░  40%  in progress',
    '',
    'No threads yet.',
    '',
    '002-b: Better words',
    '████████████████████  100%  in progress',
    '',
    'No threads yet.',
  ])
})

it.each([
  [0, '░░░░░░░░░░░░░░░░░░░░'],
  [1, '█░░░░░░░░░░░░░░░░░░░'],
  [50, '██████████░░░░░░░░░░'],
  [99, '███████████████████░'],
  [100, '████████████████████'],
])('the bar for %i percent is full only at the end', (percent, bar) => {
  expect(renderStatus([stream({ percent })], { style: plain, now })[1]).toContain(`${bar}  ${percent}%`)
})

it('the status keeps control characters out of the terminal', () => {
  const evil = 'a\u001B[2Jb\u001B]0;t\u0007\u202E\rc'
  const bad = thread({ name: evil, agent: evil, reason: evil, status: 'failed', resumable: true, id: evil })
  const views = [
    stream({ id: evil, name: evil, threads: [{ ...bad, sessions: [session({ model: evil })] }] }),
  ]
  const lines = renderStatus(views, { style: plain, now, width: 80 })
  expect(lines.join('')).not.toMatch(/[\p{Cc}\u202E]/u)
  expect(lines[0]).toBe('ab c')
})

it.each([24, 40, 80, 200])('is never wider than %i columns', (width) => {
  const wide = [
    ...threads,
    thread({ name: '日本語'.repeat(30), agent: 'documentation-minimalist', sessions: [session({})] }),
  ]
  for (const line of renderStatus([stream({ stages, threads: wide })], { style: plain, now, width })) {
    expect(textWidth(line)).toBeLessThanOrEqual(width)
    expect(line).toBe(line.trimEnd())
  }
})

it('the status shows what a session used, where that is known', () => {
  const known = session({ usage: { inputTokens: 12_345, outputTokens: 678, cost: 0.5 } })
  const one = thread({ sessions: [known, session({ attempt: 2 })] })
  const lines = renderStatus([stream({ threads: [one] })], { style: plain, now })
  expect(lines.find((line) => line.includes('#1'))).toMatch(/12\.3k in, 678 out, \$0\.50$/)
  expect(lines.find((line) => line.includes('#2'))).not.toContain('in,')
})

it('the status says how the last session ended where its thread did not end so', () => {
  const settled = thread({ status: 'completed', settledBy: 'user', lastSession: ended({ status: 'failed' }) })
  expect(renderStatus([stream({ threads: [settled] })], { style: plain, now }).at(-3)).toBe(
    '01.01.01  Thread  ✓ completed    1/3       ✎ 1  default  ✗ 5m ago',
  )
})

it('the status shows of a choice of threads how many there are, and leaves out the stages', () => {
  const choice = stream({ stages, threads: threads.slice(1, 2), threadCount: 5 })
  expect(renderStatus([choice], { style: plain, now, width: 80 })).toEqual([
    '005-session-tracking',
    '████████░░░░░░░░░░░░  40%  in progress',
    '',
    '1 of 5 threads:',
    '',
    'Thread    Name               Status           Tasks  Sessions  Agent    When',
    '01.01.02  Schema Validation  ✗ failed: error    1/3       ↻ 1  default  5m ago',
    '',
    '↻ can be resumed (work fix): 01.01.02',
  ])
  const none = stream({ stages, threads: [], threadCount: 5 })
  expect(renderStatus([none], { style: plain, now, width: 80 }).slice(2)).toEqual([
    '',
    'No thread asked for is failed, incomplete or interrupted.',
  ])
})

it('a session whose end nobody knows shows no duration', () => {
  const lost = session({ status: 'interrupted', reason: 'lost', completedAt: undefined })
  const [line = ''] = renderStatus([stream({ threads: [thread({ sessions: [lost] })] })], {
    style: plain,
    now,
  }).filter((row) => row.includes('#1'))
  expect(line).toContain('interrupted: process lost')
  expect(line).not.toMatch(/\d+[smh] +\d/)
})

/** The lines with a progress bar in the status of a workstream with these threads. */
function progressOf(shown: ThreadRow[]): string[] {
  const lines = renderStatus([stream({ threads: shown, threadCount: shown.length })], { style: plain, now })
  return lines.filter((line) => line.startsWith('█'))
}

function stream(change: Partial<StreamRow>): StreamRow {
  return {
    id: '005-session-tracking',
    name: 'session-tracking',
    status: 'in_progress',
    percent: 40,
    stages: [],
    threads: [],
    threadCount: change.threads?.length ?? 0,
    ...change,
  }
}

function thread(change: Partial<ThreadRow>): ThreadRow {
  return {
    id: '01.01.01',
    name: 'Thread',
    status: 'pending',
    agent: 'default',
    sessionCount: 1,
    resumable: false,
    tasks: { total: 3, completed: 1 },
    lastSession: ended({}),
    ...change,
  }
}

/** A session that ended five minutes ago. */
function ended(change: Partial<SessionLine>): SessionLine {
  return session({ completedAt: '2026-01-22T11:55:00.000Z', ...change })
}

function session(change: Partial<SessionLine>): SessionLine {
  return {
    agentName: 'default',
    model: 'anthropic/claude-sonnet-4',
    startedAt: '2026-01-22T10:55:00.000Z',
    status: 'completed',
    ...change,
  }
}
