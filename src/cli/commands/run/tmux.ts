import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { runProgram } from '../../../process/spawn.ts'
import { messageOf, WorkError } from '../../../errors.ts'
import type { SessionRecord } from '../../../../machines/session.ts'
import type { Workspace } from '../../../paths.ts'
import type { ThreadView } from '../../../engine/thread-actor.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { tmuxPatience } from '../../waits.ts'

export interface WindowsOptions {
  workspace: Workspace
  streamId: string
  /**
   * The environment of this process. Its `WORK_TMUX_SOCKET` is the socket path of a tmux server to use instead of the
   * user's own: each test has one.
   */
  env: NodeJS.ProcessEnv
  /** A command line of `work` with these arguments. It is used without a shell. */
  commandOf: (...args: string[]) => [string, ...string[]]
  /** Whether the runner of a session has a screen of its own. */
  hasScreen: (session: SessionRecord) => boolean
  /** The address of a server to attach to. Default: the repository's own. */
  server: string | undefined
  /** Called with the first problem. After that no more windows are opened. */
  failed: (problem: string) => void
}

/**
 * The windows of one run: a tmux session with a window for the board and one for each thread. They only display: no
 * status depends on them, and no problem with them stops the run.
 */
export interface ThreadWindows {
  /** The command that shows them. */
  attachCommand: string
  /** Creates the session, or finds that of an earlier run. */
  open(): void
  /** Opens the window of a thread whose session is running, unless it is open. */
  show(view: ThreadView): void
  /** Resolves when all requests have been carried out or have failed. */
  finished(): Promise<void>
}

/** Throws a `WorkError` (`tmux-missing`) if tmux can't run. */
export async function requireTmux(env: NodeJS.ProcessEnv): Promise<void> {
  const { exitCode, stderr, failure } = await runProgram('tmux', ['-V'], { env: inheritedEnvironment(env) })
  if (exitCode === 0) return
  throw new WorkError(
    failure === 'ENOENT'
      ? 'tmux is not installed: no program "tmux" on PATH, and --tmux needs it.'
      : `tmux does not run: ${stderr.trim() || (failure ?? `exit code ${exitCode}`)}.`,
    { code: 'tmux-missing', hint: 'Install tmux, or omit --tmux: nothing else needs it.' },
  )
}

/** The tmux session name for a workstream of the repository `root`: tmux allows neither `.` nor `:` in it. */
export function tmuxSessionName(root: string, streamId: string): string {
  const hash = createHash('sha256').update(realpathSync(root)).digest('hex').slice(0, 6)
  return `work-${streamId.replaceAll(/[^\w-]/g, '_')}-${hash}`
}

/** The windows for runs of a workstream. Nothing happens before `open`. */
export function threadWindows(options: WindowsOptions): ThreadWindows {
  const { workspace, streamId, env, commandOf, hasScreen, server, failed } = options
  const name = tmuxSessionName(workspace.root, streamId)
  const tmux = tmuxWith(env, workspace.root)
  const place = ['--stream', streamId, '--repo-root', workspace.root]
  const shown = new Map<string, string>()
  let hasFailed = false
  let work: Promise<void> = Promise.resolve()

  /** One after another, so that windows are in the order of their threads. */
  const queue = (action: () => Promise<void>) => {
    work = work
      .then(() => (hasFailed ? undefined : action()))
      .catch((error: unknown) => {
        hasFailed = true
        failed(messageOf(error))
      })
  }

  const openBoard = async () => {
    const board = commandOf('status', '--watch', ...place)
    const isThere = (await tmux(['has-session', '-t', `=${name}`], 'may fail')).exitCode === 0
    if (!isThere) {
      const size = ['-x', '200', '-y', '50']
      // In one command: the board may end before the next one.
      const stay = [';', 'set-option', '-w', '-t', `=${name}:`, 'remain-on-exit', 'on']
      await tmux(['new-session', '-d', ...size, '-s', name, '-n', 'board', ...startOf(board), ...stay])
    }
    const found = (await listWindows()).find((window) => window.name === 'board')
    if (found?.isDead === true) await tmux(['respawn-window', '-k', '-t', found.id, ...startOf(board)])
    const window = found?.id ?? (await openWindow(['-b', '-t', `=${name}:^`], 'board', board))
    // The board ends with its run.
    await keepOpen(window)
  }

  const openThread = async (id: string, key: string, command: string[]) => {
    const found = (await listWindows()).find((window) => window.name === id)
    // It may still be in use; it is replaced only if it shows another session.
    if (found?.key === key && !found.isDead) return
    const window = found?.id ?? (await openWindow(['-a', '-t', `=${name}:$`], id, command))
    if (found !== undefined) await tmux(['respawn-window', '-k', '-t', window, ...startOf(command)])
    await keepOpen(window, [keyOption, key])
  }

  /** Opens a window at a position; returns its id. */
  const openWindow = async (position: string[], title: string, command: string[]) => {
    const print = ['-P', '-F', '#{window_id}']
    const { stdout } = await tmux([
      'new-window',
      '-d',
      ...print,
      ...position,
      '-n',
      title,
      ...startOf(command),
    ])
    return stdout.trim()
  }

  /** Keeps a window when its command has ended. */
  const keepOpen = async (window: string, ...extra: [option: string, value: string][]) => {
    for (const [option, value] of [...stays, ...extra]) {
      // The window may have been closed in the meantime, or this tmux may be too old for an option.
      await tmux(['set-option', '-w', '-t', window, option, value], 'may fail')
    }
  }

  const startOf = (command: string[]) => ['-c', workspace.root, '--', ...command]

  const listWindows = async () => {
    const format = `#{window_id} #{pane_dead} #{${keyOption}}|#{window_name}`
    const { stdout } = await tmux(['list-windows', '-t', `=${name}`, '-F', format])
    return stdout.split('\n').flatMap(parseWindow)
  }

  return {
    attachCommand: attachCommand(name, env),
    open: () => queue(openBoard),
    show: ({ id, status, session }) => {
      if (status !== 'running' || session === undefined) return
      const hasOwnScreen = hasScreen(session)
      // A runner's own screen shows everything its session does, even if that is resumed often; a log belongs to one
      // attempt.
      const key = hasOwnScreen ? session.sessionId : `${session.sessionId}#${session.attempt}`
      if (shown.get(id) === key) return
      shown.set(id, key)
      const at = server === undefined ? place : [...place, '--server', server]
      const command = hasOwnScreen
        ? commandOf('session', 'attach', id, ...at)
        : commandOf('session', 'logs', id, '--follow', '--attempt', String(session.attempt ?? 1), ...place)
      queue(() => openThread(id, key, command))
    },
    finished: () => work,
  }
}

/** The window option that stores the session that it shows. */
const keyOption = '@work-session'

/**
 * Keeps the last output of a session readable when it is over, without a tmux message that scrolls the first line
 * away.
 */
const stays = [
  ['remain-on-exit', 'on'],
  ['remain-on-exit-format', ''],
] as const

interface Window {
  id: string
  name: string
  key: string
  isDead: boolean
}

function parseWindow(line: string): Window[] {
  const [, id, dead, key, name] = /^(@\d+) ([01]) ([^|]*)\|(.*)$/.exec(line) ?? []
  if (id === undefined || key === undefined || name === undefined) return []
  return [{ id, name, key, isDead: dead === '1' }]
}

function tmuxWith(env: NodeJS.ProcessEnv, cwd: string) {
  const options = { cwd, env: inheritedEnvironment(env), timeout: tmuxPatience }
  return async (args: string[], mood: 'must work' | 'may fail' = 'must work') => {
    const end = await runProgram('tmux', [...socketOf(env), ...args], options)
    if (end.exitCode === 0 || mood === 'may fail') return end
    throw new Error(`tmux ${args[0]}: ${end.stderr.trim() || (end.failure ?? `exit code ${end.exitCode}`)}`)
  }
}

function socketOf(env: NodeJS.ProcessEnv): string[] {
  const socket = env['WORK_TMUX_SOCKET'] ?? ''
  return socket === '' ? [] : ['-S', socket]
}

/** Inside tmux the command is switch-client: tmux refuses to be nested. */
function attachCommand(name: string, env: NodeJS.ProcessEnv): string {
  const isInside = (env['TMUX'] ?? '') !== '' && socketOf(env).length === 0
  return ['tmux', ...socketOf(env), isInside ? 'switch-client' : 'attach', '-t', name].join(' ')
}
