import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { systemCode } from '../../errors.ts'
import { writeDurably } from '../../files/write-file.ts'
import type { AgentCli, CliHome, CliStart } from './cli.ts'
import { unnamedError, type Fact, type TurnEnd } from './facts.ts'
import { findFile, literally } from './find-file.ts'
import { at, numberAt, parseLine, textAt } from './json.ts'
import { toolLine } from './lines.ts'
import { cliRunner } from './runner.ts'

/** Gemini CLI: one run of `gemini` for each attempt, in the session that we name. */
export const gemini: AgentCli = {
  name: 'gemini',
  title: 'Gemini CLI',
  program: 'gemini',
  tried: '0.61.0',
  hasVariants: false,
  argumentsOf: ({ sessionId, isKnown, model, options, base, writes }) => [
    '--output-format',
    'stream-json',
    isKnown ? '--resume' : '--session-id',
    sessionId,
    ...(model === '' ? [] : ['-m', model]),
    ...permissionArguments(writes === undefined ? options.permissions : 'read', policyAt(base)),
    ...options.args,
  ],
  environment: () => ({
    // It would start itself once more as a child.
    GEMINI_CLI_NO_RELAUNCH: 'true',
    // A folder is trusted on a terminal only; there is none.
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
  }),
  prepare: ({ options, base, writes }) => {
    const policy = writes === undefined ? policies[options.permissions] : limitedPolicy(writes)
    // A link in its place is replaced, and not followed.
    if (policy !== undefined) writeDurably(policyAt(base), policy)
  },
  transcriptOf: (sessionId, home) => {
    const file = new RegExp(`^session-.*-${literally(sessionId.slice(0, 8))}\\.jsonl$`)
    const found = findFile(join(stateOf(home), 'tmp'), [/^/, 'chats', file])
    return found !== undefined && sessionIn(found) === sessionId ? found : undefined
  },
  createReader: createGeminiReader,
  preciseEnd: (end, { code }) => {
    if (end.type !== 'refused' || end.status !== undefined || code === null || code < 144) return end
    // Its exit code is the last byte of the status, of which only the message may be shown.
    const status = code + 256
    const { message } = end
    return status === 429 ? { type: 'rate-limited', message } : { type: 'refused', status, message }
  },
  endOfExit: (code, stderr) => {
    const message = withoutNotes(stderr)
    if (code === 42 && /Invalid session identifier|No previous sessions/.test(stderr)) {
      return { type: 'session-missing', message }
    }
    // No login, a broken setting, a folder that is not trusted, turns used up.
    return [41, 42, 52, 53, 55].includes(code) ? { type: 'refused', message } : undefined
  },
  screenArguments: (sessionId) => ['--resume', sessionId],
  loginOf: (_, home) => {
    const key = ['GEMINI_API_KEY', 'GOOGLE_API_KEY'].find((name) => home.env[name] !== undefined)
    const file = join(stateOf(home), 'oauth_creds.json')
    return existsSync(file) ? file : key
  },
  loginHint: 'gemini, then choose a login; or set GEMINI_API_KEY',
}

/** Without a policy it offers no shell to its model. */
const policies: Partial<Record<CliStart['options']['permissions'], string>> = {
  edit: '[[rule]]\ntoolName = "run_shell_command"\ndecision = "allow"\npriority = 100\n',
  read: '[[rule]]\ntoolName = "run_shell_command"\ncommandPrefix = "work"\ndecision = "allow"\npriority = 100\n',
}

/** A policy for looking, reporting, and writing one file, which its tools name by an absolute path. */
function limitedPolicy(path: string): string {
  const rules = ['write_file', 'replace'].map((tool) => {
    const pattern = literally(JSON.stringify(path).slice(1, -1))
    const argument = JSON.stringify(`"file_path":\\s*"${pattern}"`)
    return `[[rule]]\ntoolName = "${tool}"\nargsPattern = ${argument}\ndecision = "allow"\npriority = 100\n`
  })
  return [policies.read, ...rules].join('\n')
}

function policyAt(base: string): string {
  return `${base}.policy.toml`
}

function permissionArguments(permissions: CliStart['options']['permissions'], policy: string): string[] {
  switch (permissions) {
    case 'full':
      return ['--approval-mode', 'yolo']
    case 'edit':
      return ['--approval-mode', 'auto_edit', '--policy', policy]
    case 'read':
      return ['--approval-mode', 'default', '--policy', policy]
  }
}

function stateOf({ env }: CliHome): string {
  return join(env['GEMINI_CLI_HOME'] ?? env['HOME'] ?? homedir(), '.gemini')
}

/** The id in the first line of a session's file. */
function sessionIn(path: string): string {
  try {
    const [first = ''] = readFileSync(path, 'utf8').split('\n', 1)
    return textAt(parseLine(first), 'sessionId')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return ''
    throw error
  }
}

/** Reads the events of `--output-format stream-json`. */
export function createGeminiReader(): (event: unknown) => Fact[] {
  let isEmpty = false
  return (event) => {
    switch (textAt(event, 'type')) {
      case 'init':
        return [{ is: 'begun', sessionId: textAt(event, 'session_id') }]
      case 'message':
        return textAt(event, 'role') === 'assistant'
          ? [{ is: 'text', text: textAt(event, 'content'), isPiece: at(event, 'delta') === true }]
          : []
      case 'tool_use':
        return [{ is: 'tool', line: toolLine(textAt(event, 'tool_name'), at(event, 'parameters')) }]
      case 'tool_result': {
        const isFailed = textAt(event, 'status') !== 'success'
        const text = isFailed ? textAt(event, 'output') || textAt(event, 'error', 'message') : ''
        return [{ is: 'tool-ended', how: isFailed ? 'failed' : 'done', text }]
      }
      case 'error': {
        const text = textAt(event, 'message')
        isEmpty ||= text.includes('empty response')
        return [{ is: 'problem', text }]
      }
      case 'result': {
        const inputTokens = numberAt(event, 'stats', 'input_tokens')
        const outputTokens = numberAt(event, 'stats', 'output_tokens')
        const end = endOf(event, isEmpty)
        return [
          { is: 'usage', of: 'run', usage: { inputTokens, outputTokens } },
          { is: 'end', end },
        ]
      }
      default:
        return []
    }
  }
}

/** The end that a result proves. It says "success" for an answer that was cut off or refused, too. */
function endOf(event: unknown, isEmpty: boolean): TurnEnd {
  if (textAt(event, 'status') === 'success' || isEmpty) return { type: 'done' }
  const text = textAt(event, 'error', 'message')
  // After it, there may be a line of advice.
  const message = /^\[API Error: ([^]*)\](?:\n[^\n]*)?$/.exec(text)?.[1] ?? text
  const body = parseLine(message)
  const status = numberAt(body, 'error', 'code')
  const words = textAt(body, 'error', 'message') || message || unnamedError
  if (status === 429) return { type: 'rate-limited', message: words }
  if (/token count .* exceeds the maximum/i.test(words)) {
    return { type: 'cut-off', why: 'other', message: words, isGuess: true }
  }
  return { type: 'refused', message: words, status, ...(status === undefined ? { isGuess: true } : {}) }
}

/** What it notes about itself on standard error, whatever happens. */
const note = /^(?:Warning: 256-color|YOLO mode is|Approval mode overridden|Ripgrep is not|\[STARTUP\])/

function withoutNotes(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => !note.test(line))
  return lines.join('\n').trim()
}

export const runner = cliRunner(gemini)
