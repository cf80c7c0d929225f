import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { AgentCli, CliHome, CliStart } from './cli.ts'
import type { Fact, TurnEnd } from './facts.ts'
import { findFile } from './find-file.ts'
import { at, listAt, numberAt, sumOf, textAt } from './json.ts'
import { isoOfSeconds, retryLine, toolLine } from './lines.ts'
import { cliRunner } from './runner.ts'

/** Claude Code: one run of `claude -p` for each attempt, in the session that we name. */
export const claude: AgentCli = {
  name: 'claude',
  title: 'Claude Code',
  program: 'claude',
  tried: '2.1.332',
  hasVariants: true,
  argumentsOf: ({ sessionId, isKnown, model, variant, options, writes }) => [
    '-p',
    '--output-format',
    'stream-json',
    '--verbose',
    isKnown ? '--resume' : '--session-id',
    sessionId,
    ...(model === '' ? [] : ['--model', model]),
    ...(variant === undefined ? [] : ['--effort', variant]),
    ...(writes === undefined ? permissionArguments(options.permissions) : limitArguments(writes)),
    ...options.args,
  ],
  environment: () => ({
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    // A provider that does not answer is reported after minutes: by default it is asked 11 times, 6 minutes each.
    CLAUDE_CODE_MAX_RETRIES: '4',
    API_TIMEOUT_MS: '180000',
  }),
  transcriptOf: (sessionId, home) => findFile(join(configOf(home), 'projects'), [/^/, `${sessionId}.jsonl`]),
  createReader: createClaudeReader,
  endOfExit: (_, stderr) => {
    if (/No conversation found with session ID/.test(stderr))
      return { type: 'session-missing', message: stderr }
    return /is already in use|cannot be used with root/.test(stderr)
      ? { type: 'refused', message: stderr }
      : undefined
  },
  screenArguments: (sessionId) => ['--resume', sessionId],
  loginOf: (_, { env, cwd }) => {
    if (env['ANTHROPIC_API_KEY'] !== undefined) return 'ANTHROPIC_API_KEY'
    if (env['CLAUDE_CODE_OAUTH_TOKEN'] !== undefined) return 'CLAUDE_CODE_OAUTH_TOKEN'
    const file = join(configOf({ env, cwd }), '.credentials.json')
    return existsSync(file) ? file : undefined
  },
  loginHint: 'claude, then /login; or set ANTHROPIC_API_KEY',
  obstacle: ({ permissions }, { env }) =>
    permissions === 'full' && process.getuid?.() === 0 && env['IS_SANDBOX'] === undefined
      ? {
          problem: 'Claude Code refuses "permissions: full" as root',
          hint: 'Run work as another user, or set IS_SANDBOX=1 in a container.',
        }
      : undefined,
}

function permissionArguments(permissions: CliStart['options']['permissions']): string[] {
  switch (permissions) {
    case 'full':
      return ['--permission-mode', 'bypassPermissions']
    case 'edit':
      return ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash']
    case 'read':
      return ['--permission-mode', 'default', '--allowedTools', 'Bash(work:*)']
  }
}

/** Lets an agent look, report, and write one file. A rule for edits is one for new files, too; `//` begins an absolute path. */
function limitArguments(path: string): string[] {
  return ['--permission-mode', 'default', '--allowedTools', 'Bash(work:*)', `Edit(/${path})`]
}

function configOf({ env }: CliHome): string {
  return env['CLAUDE_CONFIG_DIR'] ?? join(env['HOME'] ?? homedir(), '.claude')
}

/** Reads the events of `--output-format stream-json`. */
export function createClaudeReader(): (event: unknown) => Fact[] {
  return (event) => {
    switch (textAt(event, 'type')) {
      case 'system':
        return readSystem(event)
      case 'assistant':
        // The result repeats an error of the API.
        return textAt(event, 'error') === '' ? listAt(event, 'message', 'content').flatMap(readContent) : []
      case 'user':
        return listAt(event, 'message', 'content').flatMap(readToolResult)
      case 'rate_limit_event':
        return readLimit(at(event, 'rate_limit_info'))
      case 'result':
        return readResult(event)
      default:
        return []
    }
  }
}

function readSystem(event: unknown): Fact[] {
  switch (textAt(event, 'subtype')) {
    case 'init':
      return [{ is: 'begun', sessionId: textAt(event, 'session_id') }]
    case 'api_retry': {
      const status = numberAt(event, 'error_status')
      const why = [status, textAt(event, 'error')]
        .filter((word) => word !== undefined && word !== '')
        .join(' ')
      return [
        {
          is: 'retry',
          text: retryLine(
            numberAt(event, 'attempt'),
            numberAt(event, 'max_retries'),
            why,
            numberAt(event, 'retry_delay_ms'),
          ),
        },
      ]
    }
    default:
      return []
  }
}

function readContent(content: unknown): Fact[] {
  const type = textAt(content, 'type')
  if (type === 'text') return [{ is: 'text', text: textAt(content, 'text') }]
  return type === 'tool_use'
    ? [{ is: 'tool', line: toolLine(textAt(content, 'name'), at(content, 'input')) }]
    : []
}

function readToolResult(content: unknown): Fact[] {
  if (textAt(content, 'type') !== 'tool_result') return []
  const isFailed = at(content, 'is_error') === true
  const parts = listAt(content, 'content').map((part) => textAt(part, 'text'))
  const text = [textAt(content, 'content'), ...parts].filter((part) => part !== '').join('\n')
  return [{ is: 'tool-ended', how: isFailed ? 'failed' : 'done', text: isFailed ? text : '' }]
}

function readLimit(info: unknown): Fact[] {
  const until = isoOfSeconds(numberAt(info, 'resetsAt'))
  return textAt(info, 'status') === 'rejected' && until !== undefined ? [{ is: 'limit', until }] : []
}

function readResult(event: unknown): Fact[] {
  const usage = at(event, 'usage')
  const inputTokens = sumOf(
    numberAt(usage, 'input_tokens'),
    numberAt(usage, 'cache_creation_input_tokens'),
    numberAt(usage, 'cache_read_input_tokens'),
  )
  const cost = numberAt(event, 'total_cost_usd')
  return [
    { is: 'usage', of: 'run', usage: { inputTokens, outputTokens: numberAt(usage, 'output_tokens') } },
    ...(cost === undefined ? [] : [{ is: 'usage' as const, of: 'session' as const, usage: { cost } }]),
    { is: 'end', end: endOf(event) },
  ]
}

/** The end that a result proves. Its `subtype` says "success" for errors of the provider too. */
function endOf(event: unknown): TurnEnd {
  const errors = listAt(event, 'errors').filter((one) => typeof one === 'string')
  const message = textAt(event, 'result') || errors.join('\n') || textAt(event, 'subtype')
  const reason = textAt(event, 'terminal_reason')
  if (at(event, 'is_error') !== true) {
    return { type: 'done', denied: listAt(event, 'permission_denials').length > 0 }
  }
  if (errors.some((error) => error.includes('No conversation found')))
    return { type: 'session-missing', message }
  if (reason.startsWith('aborted')) return { type: 'aborted' }
  if (textAt(event, 'stop_reason') === 'refusal') return { type: 'cut-off', why: 'other', message }
  if (textAt(event, 'api_error') === 'max_output_tokens')
    return { type: 'cut-off', why: 'output-limit', message }
  const isBound = textAt(event, 'subtype').startsWith('error_max_')
  if (isBound || reason === 'prompt_too_long' || /^prompt is too long/i.test(message)) {
    return { type: 'cut-off', why: 'other', message }
  }
  const status = numberAt(event, 'api_error_status')
  return status === 429 ? { type: 'rate-limited', message } : { type: 'refused', status, message }
}

export const runner = cliRunner(claude)
