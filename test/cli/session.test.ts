import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { tmuxSessionName } from '../../src/cli/commands/run/tmux.ts'
import { makeWorkspace, type TestWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { byMarker, hang, runShell, startModelServer } from '../helpers/model-server.ts'
import { opencodeEnv, opencodeProgram } from '../helpers/opencode-env.ts'
import { lives } from '../helpers/processes.ts'
import { makeApproved, nodeAgent, sessionsOf } from '../helpers/scene.ts'
import { session, task } from '../builders/records.ts'
import { batchOf } from '../builders/plan.ts'

const fixture = fileURLToPath(new URL('../fixtures/opencode/rejected.ndjson', import.meta.url))

/** A thread with two attempts that have ended, and their logs. */
function makeLogs(): TestWorkspace {
  const sessions = [1, 2].map((attempt) =>
    session({ sessionId: `cmd_${attempt}`, attempt, log: `work/001-demo/logs/01.01.01/${attempt}` }),
  )
  const workspace = makeWorkspace([
    task({ id: '01.01.01.01', status: 'completed', sessions }),
    task({ id: '01.01.02.01' }),
  ])
  workspace.write('work/001-demo/logs/01.01.01/1.log', 'the first try\n')
  workspace.write(
    'work/001-demo/logs/01.01.01/2.log',
    'one\n\u001b[31mtwo\u001b[2J\u0007\r\nlast without end',
  )
  workspace.write('work/001-demo/logs/01.01.01/2.err', 'careful\n')
  return workspace
}

describe('work session logs', () => {
  test('prints what the last session wrote, without control characters and with stderr marked', async () => {
    const workspace = makeLogs()
    const result = await workspace.work('session', 'logs', '1.1.1')
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(result.stdout).toBe('one\ntwo\nstderr | careful\nlast without end\n')
    const first = await workspace.work('session', 'logs', '01.01.01', '--attempt', '1', '--follow')
    expect(first).toMatchObject({ code: 0, stdout: 'the first try\n' })
    expect(first.stderr).toContain('attempt 1 of 01.01.01: completed')
  })

  test('gives the same as JSON, as it was written', async () => {
    const { code, json } = await makeLogs().work('session', 'logs', '01.01.01', '--json')
    expect(code).toBe(0)
    expect(json()).toMatchObject({
      stream: '001-demo',
      thread: '01.01.01',
      attempt: 2,
      sessionId: 'cmd_2',
      status: 'completed',
      log: 'work/001-demo/logs/01.01.01/2.log',
      entries: [
        { at: null, kind: 'text', text: 'one' },
        { kind: 'text' },
        { kind: 'stderr', text: 'careful' },
        { kind: 'text', text: 'last without end' },
      ],
    })
  })

  test.each([
    [['peek', '01.01.01'], 2, 'Unknown action "peek" for sessions. Known: list, logs, attach, complete.'],
    [['logs'], 2, 'Specify a thread.'],
    [['logs', '01.01.09'], 2, 'Thread 01.01.09 not found. Nearest: 01.01.01, 01.01.02.'],
    [['logs', '01.01.02'], 2, 'Thread 01.01.02 "Thread 01.01.02" has no session yet.'],
    [['logs', '01.01.01', '--attempt', '7'], 2, 'has no attempt 7. There are: 1, 2.'],
    [['attach', '01.01.01'], 2, 'work session logs 01.01.01'],
    [['logs', '01.01.01', '--all'], 2, 'work session logs takes no --all.'],
    [['list', '--attempt', '1'], 2, 'work session list takes no --attempt.'],
    [['logs', '01.01.01', '--thread', '01.01.02'], 2, 'The thread is named twice'],
  ])('session %j is an error with a way out', async (args, code, words) => {
    const result = await makeLogs().work('session', ...args)
    expect(result).toMatchObject({ code, stdout: '' })
    expect(result.stderr).toContain(words)
    expect(result.stderr).toContain('→')
  })

  test('says so when a log is gone, can not be read, or is not named', async () => {
    const sessions = [
      session({ attempt: 1, log: 'work/001-demo/logs/gone' }),
      session({ attempt: 2, log: 'work/001-demo/logs/folder' }),
      session({ attempt: 3 }),
      session({ attempt: 4, log: 'work/001-demo/logs/pipe' }),
      session({ attempt: 5, log: 'work/001-demo/logs/large' }),
    ]
    const workspace = makeWorkspace([task({ id: '01.01.01.01', sessions })])
    const { logs } = workspace.stream
    mkdirSync(join(logs, 'folder.log'), { recursive: true })
    execFileSync('mkfifo', [join(logs, 'pipe.log')])
    writeFileSync(join(logs, 'large.log'), '')
    truncateSync(join(logs, 'large.log'), 66 * 1024 * 1024)
    const codes = ['log-missing', 'log-unreadable', 'no-log', 'log-unreadable', 'log-too-large']
    for (const [index, word] of codes.entries()) {
      const attempt = String(index + 1)
      const result = await workspace.work('session', 'logs', '01.01.01', '--attempt', attempt, '--json')
      expect(result.code).toBe(1)
      expect(result.json()).toMatchObject({ error: { code: word } })
      expect(result.stderr).not.toContain('bug')
    }
  })

  test('--follow shows the output of a running session, and ends with it', async () => {
    const agent = `
      import { existsSync } from 'node:fs'
      console.log('begun')
      const timer = setInterval(() => {
        if (!existsSync('go')) return
        clearInterval(timer)
        console.log('the end')
      }, 20)`
    const workspace = await makeApproved(batchOf(1), nodeAgent(agent))
    const run = workspace.start(['multi', '--continue'])
    await until(() => sessionsOf(workspace, '01.01.01').length === 1)
    const follow = workspace.start(['session', 'logs', '01.01.01', '--follow'])
    const other = workspace.start(['session', 'logs', '01.01.01', '--follow', '--json'])
    await until(() => follow.stdout.includes('begun') && other.stdout.includes('begun'))
    other.kill('SIGINT')
    expect(await other.ended).toMatchObject({ code: 130 })
    workspace.write('go', '')
    expect(await follow.ended).toMatchObject({ code: 0, stdout: 'begun\nthe end\n' })
    expect((await follow.ended).stderr).toContain('attempt 1 of 01.01.01: completed')
    expect(await run.ended).toMatchObject({ code: 0 })
  })

  test('makes a transcript of the events of opencode: each thing once', async () => {
    const log = 'work/001-demo/logs/01.01.01/1'
    const record = session({ sessionId: 'ses_1', runner: 'opencode', model: 'local/m1', log })
    const workspace = makeWorkspace([task({ id: '01.01.01.01', sessions: [record] })])
    workspace.write(`${log}.log`, readFileSync(fixture, 'utf8'))
    const { code, stdout } = await workspace.work('session', 'logs', '01.01.01')
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n')).toEqual([
      '> $ echo hello; exit 3',
      '  exit 3',
      '  hello',
      '> read: /etc/passwd',
      'Let me look.',
      '! rejected: external_directory /etc/*',
      '  read: /etc/passwd: failed: The user rejected permission to use this specific tool call.',
    ])
  })
})

test('a window of multi --tmux has the screen of opencode on its session, and closing it changes nothing', async () => {
  const script = byMarker({ '01.01.01': [runShell('echo from the shell'), hang('Nearly there.')] })
  const model = await startModelServer(script)
  onTestFinished(() => model.close())
  const agents = JSON.stringify({ agents: [{ name: 'default', models: ['local/m1'] }] })
  const workspace = await makeApproved(batchOf(1), agents)
  const socket = join(dirname(workspace.root), 'tmux')
  const env = {
    ...opencodeEnv(join(dirname(workspace.root), 'opencode'), model),
    PATH: `${dirname(opencodeProgram)}:${process.env['PATH'] ?? ''}`,
    HOME: workspace.home,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    WORK_TMUX_SOCKET: socket,
  }
  const window = `=${tmuxSessionName(workspace.root, '001-demo')}:1`
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', socket, ...args], { env, encoding: 'utf8', stdio: 'pipe' })
  const screen = () => {
    try {
      return tmux('capture-pane', '-p', '-t', window)
    } catch {
      return ''
    }
  }

  const run = workspace.start(['multi', '--continue', '--tmux'], { env })
  await until(() => screen().includes('echo from the shell'))
  await until(() => screen().includes('esc interrupt'))
  const pid = Number(tmux('display-message', '-p', '-t', window, '#{pane_pid}'))
  const password: { password: string } = JSON.parse(workspace.read('work/.run/opencode.json'))
  expect(commandLines()).toContain(`--session ${sessionsOf(workspace, '01.01.01')[0]?.sessionId}`)
  expect(commandLines()).not.toContain(password.password)
  tmux('kill-window', '-t', window)
  await until(() => !lives(pid))
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'running' }])
  expect(model.requests.at(-1)).toMatchObject({ closed: false })
  run.kill('SIGINT')
  expect(await run.ended).toMatchObject({ code: 130 })
})

/** What everybody on this machine can see of the programs that run. */
function commandLines(): string {
  return execFileSync('ps', ['-eww', '-o', 'args'], { encoding: 'utf8' })
}
