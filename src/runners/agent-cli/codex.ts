import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { readText } from '../../store/json/json-file.ts'
import type { AgentCli, CliHome, CliStart } from './cli.ts'
import { claimRollout, findRollout, readRolloutError } from './codex-rollout.ts'
import { unnamedError, type Fact, type TurnEnd } from './facts.ts'
import { at, numberAt, textAt } from './json.ts'
import { cliRunner } from './runner.ts'

/** The version whose session files were tried: see {@link claimRollout}. */
const tried = '0.169.0'

/** Codex: one run of `codex exec` for each attempt. */
export const codex: AgentCli = {
  name: 'codex',
  title: 'Codex',
  program: 'codex',
  tried,
  hasVariants: true,
  argumentsOf: (start) => [
    ...optionsOf(start),
    'resume',
    '--json',
    ...modelArguments(start),
    start.sessionId,
    '-',
  ],
  // A version that does not take the file of `prepare` says so before it does anything.
  ownIdStart: (start) => ({
    arguments: [...optionsOf(start), '--json', ...modelArguments(start), '-'],
    when: 'no rollout found',
  }),
  environment: () => ({}),
  prepare: ({ sessionId, isKnown, begunAt, cwd, env }) => {
    if (!isKnown) claimRollout(stateOf({ env, cwd }), { sessionId, cwd, begunAt, version: tried })
  },
  transcriptOf: (sessionId, home) => findRollout(stateOf(home), sessionId),
  createReader: createCodexReader,
  preciseEnd: (end, { sessionId, home }) => {
    const path = findRollout(stateOf(home), sessionId)
    return (path === undefined ? undefined : endOfError(readRolloutError(path), end)) ?? end
  },
  endOfExit: (_, stderr) => {
    if (/no rollout found/i.test(stderr)) return { type: 'session-missing', message: stderr }
    return /already has an active writer|not inside a trusted directory|exceeds the maximum length|not logged in|codex login/i.test(
      stderr,
    )
      ? { type: 'refused', message: stderr }
      : undefined
  },
  screenArguments: (sessionId) => ['resume', sessionId],
  canReport: ({ permissions }) => permissions !== 'read',
  loginOf: ({ args }, home) => {
    const provider = providerOf(args, stateOf(home))
    if (provider !== undefined) return `that of ${provider}`
    const key = ['CODEX_API_KEY', 'OPENAI_API_KEY'].find((name) => home.env[name] !== undefined)
    const file = join(stateOf(home), 'auth.json')
    return existsSync(file) ? file : key
  },
  loginHint: 'codex login',
}

/** Options that come before `resume`, which forgets the sandbox and the model of a session. */
function optionsOf({ variant, options, records, cwd, writes }: CliStart): string[] {
  return [
    'exec',
    // Its sandbox knows folders: one that may write a single file may write in its working folder.
    ...sandboxArguments(writes === undefined ? options.permissions : 'edit'),
    ...(options.permissions === 'edit' && records.length > 0 ? writable(join(cwd, '.git'), ...records) : []),
    // A login shell would reset PATH, on which the agent finds `work`.
    ...set('allow_login_shell=false'),
    ...set('check_for_update_on_startup=false'),
    ...set('analytics.enabled=false'),
    // Without this it waits for a connection without a limit.
    ...set('features.unbounded_connection_retries=false'),
    ...(variant === undefined ? [] : set(`model_reasoning_effort=${JSON.stringify(variant)}`)),
    ...options.args,
  ]
}

function modelArguments({ model }: CliStart): string[] {
  return model === '' ? [] : ['-m', model]
}

/** The provider that arguments or settings name in place of its own: it has another key, or needs none. */
function providerOf(args: readonly string[], state: string): string | undefined {
  const named = /model_provider\s*=\s*["']?([^"'\s]+)/
  const settings = readText({ path: join(state, 'config.toml'), label: 'config.toml' }) ?? ''
  // What comes after the first table is about something else, such as a profile.
  const [top = ''] = settings.split(/^\s*\[/m, 1)
  return [...args, ...top.split('\n')].map((line) => named.exec(line)?.[1]).find((name) => name !== undefined)
}

function set(option: string): string[] {
  return ['-c', option]
}

function sandboxArguments(permissions: CliStart['options']['permissions']): string[] {
  const sandbox = { read: 'read-only', edit: 'workspace-write', full: 'danger-full-access' }[permissions]
  return ['-s', sandbox]
}

/** Folders in which the sandbox lets an agent in a clone write too: `work update`, and commits. */
function writable(...folders: string[]): string[] {
  return folders.flatMap((folder) => ['--add-dir', folder])
}

function stateOf({ env }: CliHome): string {
  return env['CODEX_HOME'] ?? join(env['HOME'] ?? homedir(), '.codex')
}

/** Reads the events of `--json`. */
export function createCodexReader(): (event: unknown) => Fact[] {
  let lastError = ''
  return (event) => {
    const message = textAt(event, 'message')
    switch (textAt(event, 'type')) {
      case 'thread.started':
        return [{ is: 'begun', sessionId: textAt(event, 'thread_id') }]
      case 'item.started':
        return readBegun(at(event, 'item'))
      case 'item.completed':
        return readCompleted(at(event, 'item'))
      case 'error':
        if (message.startsWith('Reconnecting')) {
          return [{ is: 'retry', text: message.replace(/^Reconnecting\.*/, 'retrying') }]
        }
        // The end repeats it.
        lastError = message
        return []
      case 'turn.completed':
        return [...readUsage(at(event, 'usage')), { is: 'end', end: { type: 'done' } }]
      case 'turn.failed':
        return [
          { is: 'end', end: endOfWords(textAt(event, 'error', 'message') || lastError || unnamedError) },
        ]
      default:
        return []
    }
  }
}

function readBegun(item: unknown): Fact[] {
  const type = textAt(item, 'type')
  if (type === 'command_execution') return [{ is: 'tool', line: shellLine(textAt(item, 'command')) }]
  return type === 'mcp_tool_call'
    ? [{ is: 'tool', line: `${textAt(item, 'server')}.${textAt(item, 'tool')}` }]
    : []
}

/** `/bin/bash -c 'npm test'` without the shell around it. */
function shellLine(command: string): string {
  const inner = /^\S*sh -l?c (['"])([^]*)\1$/.exec(command)?.[2] ?? command
  return `shell: ${inner}`
}

function readCompleted(item: unknown): Fact[] {
  switch (textAt(item, 'type')) {
    case 'agent_message':
      return [{ is: 'text', text: textAt(item, 'text') }]
    case 'command_execution': {
      const isFailed = textAt(item, 'status') === 'failed'
      const code = numberAt(item, 'exit_code')
      const how = code === undefined ? 'failed' : `exit code ${code}`
      const text = isFailed ? [how, textAt(item, 'aggregated_output').trimEnd()].join('\n').trimEnd() : ''
      return [{ is: 'tool-ended', how: isFailed ? 'failed' : 'done', text }]
    }
    case 'file_change':
      return [{ is: 'tool', line: `edit: ${pathsOf(item)}` }]
    case 'mcp_tool_call':
      return [{ is: 'tool-ended', how: textAt(item, 'status') === 'failed' ? 'failed' : 'done', text: '' }]
    case 'web_search':
      return [{ is: 'tool', line: `web search: ${textAt(item, 'query')}` }]
    case 'error':
      return [{ is: 'problem', text: textAt(item, 'message') }]
    default:
      return []
  }
}

function pathsOf(item: unknown): string {
  const changes = at(item, 'changes')
  return Array.isArray(changes) ? changes.map((change) => textAt(change, 'path')).join(', ') : ''
}

/** Cached tokens are among the input, and tokens for reasoning among the output. */
function readUsage(usage: unknown): Fact[] {
  const inputTokens = numberAt(usage, 'input_tokens')
  const outputTokens = numberAt(usage, 'output_tokens')
  return [{ is: 'usage', of: 'session', usage: { inputTokens, outputTokens } }]
}

/** What the words of a failed turn say: its events name no cause. */
function endOfWords(message: string): TurnEnd {
  if (/max_output_tokens/.test(message)) return { type: 'cut-off', why: 'output-limit', message }
  if (/context window/i.test(message)) return { type: 'cut-off', why: 'other', message, isGuess: true }
  const status = /(?:unexpected|last) status:? (\d{3})/.exec(message)?.[1]
  if (status === '429') return { type: 'rate-limited', message }
  if (status !== undefined) return { type: 'refused', status: Number(status), message }
  return { type: 'refused', message, isGuess: true }
}

/** What the machine-readable cause in its session file says; undefined if it says nothing. */
function endOfError(cause: unknown, end: TurnEnd): TurnEnd | undefined {
  const message = 'message' in end ? end.message : ''
  const [kind = '', status] =
    typeof cause === 'string'
      ? [cause]
      : (Object.entries(typeof cause === 'object' && cause !== null ? cause : {})[0] ?? [])
  const code = numberAt(status, 'http_status_code')
  switch (kind) {
    case 'context_window_exceeded':
      return { type: 'cut-off', why: 'other', message }
    case 'rate_limit_exceeded':
    case 'usage_limit_exceeded':
      return { type: 'rate-limited', message }
    case 'model_not_found':
      return { type: 'refused', status: 404, message }
    case 'unauthorized':
      return { type: 'refused', status: 401, message }
    case 'internal_server_error':
      return { type: 'refused', status: 500, message }
    default:
      if (code === 429) return { type: 'rate-limited', message }
      return code === undefined ? undefined : { type: 'refused', status: code, message }
  }
}

export const runner = cliRunner(codex)
