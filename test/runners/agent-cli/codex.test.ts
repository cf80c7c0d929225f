import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { claimRollout, findRollout, readRolloutError } from '../../../src/runners/agent-cli/codex-rollout.ts'
import type { CliStart } from '../../../src/runners/agent-cli/cli.ts'
import { codex } from '../../../src/runners/agent-cli/codex.ts'
import type { Fact, TurnEnd } from '../../../src/runners/agent-cli/facts.ts'
import { evidenceFrom, factsIn, makeFolder, type RecordedRun } from './recorded-lines.ts'

const started = { type: 'thread.started', thread_id: 'session-1' }
const said = { type: 'item.completed', item: { type: 'agent_message', text: 'Done.' } }
const completed = {
  type: 'turn.completed',
  usage: { input_tokens: 120, cached_input_tokens: 20, output_tokens: 30 },
}

function command(type: string, fields: object): object {
  return {
    type,
    item: { id: 'item_1', type: 'command_execution', command: `/bin/bash -c 'npm test'`, ...fields },
  }
}

function failed(text: string): object {
  return { type: 'turn.failed', error: { message: text } }
}

describe('a line of codex', () => {
  it.each<[title: string, event: object, facts: Fact[]]>([
    ['that begins it', started, [{ is: 'begun', sessionId: 'session-1' }]],
    ['that begins a turn', { type: 'turn.started' }, []],
    ['with a text', said, [{ is: 'text', text: 'Done.' }]],
    [
      'with a command',
      command('item.started', { status: 'in_progress' }),
      [{ is: 'tool', line: 'shell: npm test' }],
    ],
    [
      'with the end of a command',
      command('item.completed', { status: 'completed', exit_code: 0, aggregated_output: 'ok\n' }),
      [{ is: 'tool-ended', how: 'done', text: '' }],
    ],
    [
      'with the failure of a command',
      command('item.completed', { status: 'failed', exit_code: 7, aggregated_output: 'no\n' }),
      [{ is: 'tool-ended', how: 'failed', text: 'exit code 7\nno' }],
    ],
    [
      'with a change of files',
      {
        type: 'item.completed',
        item: { type: 'file_change', changes: [{ path: 'a.ts' }, { path: 'b.ts' }] },
      },
      [{ is: 'tool', line: 'edit: a.ts, b.ts' }],
    ],
    [
      'with a tool of a server',
      { type: 'item.started', item: { type: 'mcp_tool_call', server: 'docs', tool: 'search' } },
      [{ is: 'tool', line: 'docs.search' }],
    ],
    [
      'with a warning',
      { type: 'item.completed', item: { type: 'error', message: 'Model metadata not found.' } },
      [{ is: 'problem', text: 'Model metadata not found.' }],
    ],
    [
      'about a retry',
      { type: 'error', message: 'Reconnecting... 2/5 (unexpected status 500)' },
      [{ is: 'retry', text: 'retrying 2/5 (unexpected status 500)' }],
    ],
    ['with an error that its end repeats', { type: 'error', message: 'model: m1' }, []],
    [
      'that ends it',
      completed,
      [
        { is: 'usage', of: 'session', usage: { inputTokens: 120, outputTokens: 30 } },
        { is: 'end', end: { type: 'done' } },
      ],
    ],
  ])('%s is read', (_, event, facts) => {
    expect(factsIn(codex, event)).toEqual(facts)
  })
})

describe('the evidence of a run of codex', () => {
  it.each<[title: string, run: RecordedRun, evidence: object]>([
    ['that ended well', { events: [started, said, completed] }, { type: 'turn-ended', hasOutput: true }],
    ['without a message', { events: [started, completed] }, { type: 'turn-ended', hasOutput: false }],
    [
      'that was refused, by the status in its words',
      { events: [started, failed('unexpected status 403 Forbidden: no')], exit: { code: 1 } },
      { type: 'refused', status: 403, detail: 'unexpected status 403 Forbidden: no' },
    ],
    [
      'whose limit is reached',
      {
        events: [started, failed('exceeded retry limit, last status: 429 Too Many Requests')],
        exit: { code: 1 },
      },
      { type: 'rate-limited' },
    ],
    [
      'whose answer is too long',
      {
        events: [started, failed('Incomplete response returned, reason: max_output_tokens')],
        exit: { code: 1 },
      },
      { type: 'cut-off', why: 'output-limit' },
    ],
    [
      'whose context is full, without its file',
      { events: [started, failed(`ran out of room in the model's context window`)], exit: { code: 1 } },
      { type: 'cut-off', why: 'other', detail: expect.stringContaining('judged by these words') },
    ],
    [
      'that failed without a message of its own',
      { events: [started, { type: 'error', message: 'model: m1' }, failed('')], exit: { code: 1 } },
      { type: 'refused', detail: expect.stringContaining('model: m1') },
    ],
    [
      'that names no error',
      { events: [started, failed('')], exit: { code: 1 } },
      { type: 'refused', detail: expect.stringMatching(/^It ended with an error that it does not name\./) },
    ],
    ['that got SIGINT', { events: [started], exit: { code: 1 } }, { type: 'exited', code: 1 }],
    [
      'that got SIGTERM',
      { events: [started], exit: { code: null, signal: 'SIGTERM' } },
      { type: 'exited', signal: 'SIGTERM' },
    ],
    [
      'of a session that it does not have',
      { events: [], stderr: 'Error: no rollout found for thread id session-1', exit: { code: 1 } },
      { type: 'session-missing' },
    ],
    [
      'of a session that another process has',
      { events: [started], stderr: 'thread session-1 already has an active writer', exit: { code: 1 } },
      { type: 'refused' },
    ],
    [
      'of a prompt that is too long',
      {
        events: [started],
        stderr: 'Input exceeds the maximum length of 1048576 characters.',
        exit: { code: 1 },
      },
      { type: 'refused' },
    ],
    [
      'under an id of its own',
      { events: [{ ...started, thread_id: 'session-2' }, said, completed] },
      { type: 'turn-ended', runnerSessionId: 'session-2' },
    ],
  ])('%s is right', (_, run, evidence) => {
    expect(evidenceFrom(codex, run)).toMatchObject(evidence)
  })
})

function runIn(home: string) {
  return { sessionId: 'session-1', home: { env: { CODEX_HOME: home }, cwd: '/' }, code: 1 }
}

describe('the end in the file of a codex session', () => {
  const inWords: TurnEnd = { type: 'refused', message: 'It failed.', isGuess: true }
  const message = 'It failed.'

  it.each<[cause: unknown, end: TurnEnd]>([
    ['context_window_exceeded', { type: 'cut-off', why: 'other', message }],
    ['rate_limit_exceeded', { type: 'rate-limited', message }],
    ['usage_limit_exceeded', { type: 'rate-limited', message }],
    ['model_not_found', { type: 'refused', status: 404, message }],
    ['internal_server_error', { type: 'refused', status: 500, message }],
    [{ http_connection_failed: { http_status_code: 401 } }, { type: 'refused', status: 401, message }],
    [{ response_too_many_failed_attempts: { http_status_code: 429 } }, { type: 'rate-limited', message }],
    ['other', inWords],
    [{ http_connection_failed: { http_status_code: null } }, inWords],
    [undefined, inWords],
  ])('is more precise than its words if the cause is %j', (codex_error_info, end) => {
    const home = makeFolder()
    claimRollout(home, { sessionId: 'session-1', cwd: '/', begunAt: '2026-11-27T08:00:00Z', version: '1' })
    const file = findRollout(home, 'session-1') ?? ''
    const payload = { type: 'task_complete', error: { message, codex_error_info } }
    appendFileSync(file, `${JSON.stringify({ type: 'event_msg', payload })}\n`)
    expect(codex.preciseEnd?.(inWords, runIn(home))).toEqual(end)
  })

  it('is that of its words if there is no file', () => {
    expect(codex.preciseEnd?.(inWords, runIn(makeFolder()))).toEqual(inWords)
  })

  it('is that of the last turn', () => {
    const home = makeFolder()
    claimRollout(home, { sessionId: 'session-1', cwd: '/', begunAt: '2026-11-27T08:00:00Z', version: '1' })
    const file = findRollout(home, 'session-1') ?? ''
    for (const codex_error_info of ['model_not_found', 'rate_limit_exceeded']) {
      const payload = { type: 'task_complete', error: { codex_error_info } }
      appendFileSync(file, `${JSON.stringify({ type: 'event_msg', payload })}\n`)
    }
    expect(readRolloutError(file)).toBe('rate_limit_exceeded')
  })
})

describe('a session file for codex', () => {
  const session = {
    sessionId: 'session-1',
    cwd: '/repo',
    begunAt: '2026-11-27T08:00:00Z',
    version: '0.169.0',
  }

  it('is one line that names the session, in the folder of its day', () => {
    const home = makeFolder()
    claimRollout(home, session)
    const path = join(home, 'sessions/2026/11/27/rollout-2026-11-27T08-00-00-session-1.jsonl')
    expect(findRollout(home, 'session-1')).toBe(path)
    expect(
      readFileSync(path, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toMatchObject([{ type: 'session_meta', payload: { id: 'session-1', cwd: '/repo' } }])
  })

  it('is not written again by another start, which would remove what codex added', () => {
    const home = makeFolder()
    claimRollout(home, session)
    const path = findRollout(home, 'session-1') ?? ''
    appendFileSync(path, 'more\n')
    claimRollout(home, session)
    expect(readFileSync(path, 'utf8')).toMatch(/more\n$/)
  })

  it('is not found for another session', () => {
    const home = makeFolder()
    claimRollout(home, session)
    expect(findRollout(home, 'ession-1')).toBeUndefined()
    expect(findRollout(home, '.*')).toBeUndefined()
  })
})

describe('the sandbox of codex', () => {
  const start: CliStart = {
    sessionId: 'session-1',
    isKnown: false,
    begunAt: '2026-11-27T08:00:00Z',
    model: '',
    variant: undefined,
    options: { permissions: 'edit', args: [] },
    records: ['/repo/work/.run', '/repo/work/001-demo'],
    writes: undefined,
    base: '/log',
    env: {},
    cwd: '/repo/work/.trees/001-01.01.01',
  }
  it('lets an agent in a clone commit there, and report where the main working tree has its records', () => {
    expect(added(start)).toEqual([
      '/repo/work/.trees/001-01.01.01/.git',
      '/repo/work/.run',
      '/repo/work/001-demo',
    ])
    expect(codex.ownIdStart?.(start).arguments).toEqual(
      expect.arrayContaining(['--add-dir', '/repo/work/.run']),
    )
  })

  it('opens nothing more for an agent in the main working tree, or with another sandbox', () => {
    expect(added({ ...start, records: [], cwd: '/repo' })).toEqual([])
    for (const permissions of ['read', 'full'] as const)
      expect(added({ ...start, options: { permissions, args: [] } })).toEqual([])
  })
})

/** The folders that its sandbox lets it write in, apart from its working folder. */
function added(start: CliStart): string[] {
  const args = codex.argumentsOf(start)
  return args.filter((_, index) => args[index - 1] === '--add-dir')
}
